import { type Consumer, createConsumer } from '@fairlead/consumer';
import type { Ledger } from '@fairlead/ledger';
import { z } from 'zod';
import type { Checklist } from '../checklist.ts';

/** A replica as a service runs it, ledger on, whose one handler does nothing. A job that fails fails the checklist. */
export function noopConsumer(
  redisUrl: string,
  ledger: Pick<Ledger, 'jobs' | 'effects'>,
  concurrency: number,
  checklist: Pick<Checklist, 'tick' | 'fail'>,
): Consumer {
  return createConsumer({
    handlers: { noop: { input: z.object({ number: z.number(), text: z.string() }), run: () => null } },
    redis: { url: redisUrl },
    concurrency,
    ledger,
    onEvent(event) {
      if (event.event !== 'finished') return;
      if (event.outcome === 'completed') checklist.tick((event.job.payload as { number: number }).number);
      else checklist.fail(new Error(`a job ended ${event.outcome}`));
    },
  });
}
