import { createConsumer } from '@fairlead/consumer';
import { createLedger, newJobId } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { z } from 'zod';
import { createChecklist } from '../checklist.ts';
import { verifyCount } from '../stores.ts';

const ADD_BATCH = 1_000;

/** Jobs that are in Postgres and in Redis, as the dispatcher leaves them behind. */
export async function fillLedgered(
  redisUrl: string,
  databaseUrl: string,
  jobs: number,
  workspaces: number,
): Promise<void> {
  const scheduler = createScheduler({ redis: { url: redisUrl } });
  const ledger = createLedger({ databaseUrl });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  const producer = createProducer(scheduler);
  for (let from = 0; from < jobs; from += ADD_BATCH) {
    const batch = Array.from({ length: Math.min(ADD_BATCH, jobs - from) }, (_, i) => ({
      id: newJobId(),
      workspace: `w-${(from + i) % workspaces}`,
      type: 'noop',
      maxAttempts: 3,
      payload: { number: from + i, text: 'x'.repeat(60) },
    }));
    await ledger.jobs.accept(
      batch.map(({ payload, ...job }) => ({ ...job, payloadJson: JSON.stringify(payload) })),
    );
    const answers = await producer.add(batch.map((job) => ({ ...job, recorded: true })));
    for (const answer of answers) if (answer.outcome === 'failed') throw answer.error;
    await ledger.jobs.markQueued(batch.map(({ id }) => id));
  }
  await Promise.all([scheduler.close(), ledger.close()]);
}

/** One replica, all of it: handlers with their schema, locks, verdicts, first finisher wins. Gives the seconds. */
export async function drainLedgered(
  redisUrl: string,
  databaseUrl: string,
  jobs: number,
  concurrency: number,
): Promise<number> {
  const ledger = createLedger({ databaseUrl });
  const checklist = createChecklist(jobs);
  const failed = Promise.withResolvers<never>();
  const consumer = createConsumer({
    handlers: { noop: { input: z.object({ number: z.number(), text: z.string() }), run: () => null } },
    redis: { url: redisUrl },
    concurrency,
    ledger,
    onEvent(event) {
      if (event.event !== 'finished') return;
      if (event.outcome === 'completed') checklist.tick((event.job.payload as { number: number }).number);
      else failed.reject(new Error(`a job ended ${event.outcome}`));
    },
  });
  const startedMs = performance.now();
  await consumer.start();
  await Promise.race([checklist.complete, failed.promise]);
  const seconds = (performance.now() - startedMs) / 1_000;
  checklist.verify();
  await consumer.drain(5_000);
  await ledger.close();
  await verifyCount(databaseUrl, `SELECT count(*) FROM "Job" WHERE "state" = 'succeeded'`, jobs);
  return seconds;
}
