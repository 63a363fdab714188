import { z } from 'zod';
import type { EffectLedger } from '../../src/effect-ledger.ts';
import type { ConsumerEvent } from '../../src/events.ts';
import type { Handler, HandlerMap } from '../../src/handlers.ts';
import { parseOptions } from '../../src/options.ts';
import { createReplica } from '../../src/replica.ts';
import { fakeClaimer } from './fake-claimer.ts';
import { fakeClock, settled } from './fake-clock.ts';

/** A handler whose runs the test ends by hand. */
export function held() {
  const open: {
    id: string;
    end: (result?: unknown) => void;
    crash: (error: unknown) => void;
    signal: AbortSignal;
  }[] = [];
  const handler: Handler = {
    input: z.unknown(),
    run: (job, ctx) =>
      new Promise((resolve, reject) => {
        open.push({ id: job.id, end: resolve, crash: reject, signal: ctx.signal });
      }),
  };
  return { handler, open };
}

/** A replica between a fake claimer and a fake clock. */
export function testReplica(
  handlers: HandlerMap,
  options: Partial<Parameters<typeof parseOptions>[0]> = {},
  effects?: EffectLedger,
) {
  const clock = fakeClock();
  const claimer = fakeClaimer(clock);
  const events: ConsumerEvent[] = [];
  const warnings: { message: string; fields: Record<string, unknown> }[] = [];
  const note = (fields: object, message: string) =>
    void warnings.push({ message, fields: fields as Record<string, unknown> });
  const replica = createReplica({
    claimer,
    handlers: new Map(Object.entries(handlers)),
    options: parseOptions(options),
    effects,
    unknownSinceField: 'unknownSince',
    clock,
    random: () => 0.5,
    logger: { info: note, warn: note, error: note },
    emit: (event) => void events.push(event),
  });
  return {
    clock,
    claimer,
    events,
    warnings,
    replica,
    async start() {
      replica.start();
      await settled();
    },
    finishes: () => events.flatMap((event) => (event.event === 'finished' ? [event] : [])),
    claims: () => claimer.calls.filter((call) => call.startsWith('claim ')),
  };
}
