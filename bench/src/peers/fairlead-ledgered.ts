import { createLedger, newJobId } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { createChecklist } from '../checklist.ts';
import { verifyCount } from '../stores.ts';
import { noopConsumer } from './noop-consumer.ts';

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
  const consumer = noopConsumer(redisUrl, ledger, concurrency, checklist);
  const startedMs = performance.now();
  await consumer.start();
  await checklist.complete;
  const seconds = (performance.now() - startedMs) / 1_000;
  checklist.verify();
  await consumer.drain(5_000);
  await ledger.close();
  await verifyCount(databaseUrl, `SELECT count(*) FROM "Job" WHERE "state" = 'succeeded'`, jobs);
  return seconds;
}
