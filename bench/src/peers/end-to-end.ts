/**
 * The whole way of a job: a batch is posted, each job is written down and queued, run, and its end recorded. The clock
 * runs from the first post until the end of the last job is recorded; doors and workers are open before.
 */
import { createLedger } from '@fairlead/ledger';
import { Worker } from 'bullmq';
import { type Checklist, createChecklist } from '../checklist.ts';
import { sendAll } from '../http-load.ts';
import { verifyCount } from '../stores.ts';
import { type Door, openDispatcher } from './dispatcher.ts';
import { noopConsumer } from './noop-consumer.ts';
import type { Recorder } from './stock-recorded.ts';
import { openStockRoute } from './stock-route.ts';

const BATCH = 1_000;
const BATCHES_UNDER_WAY = 4;

/** The dispatcher and one replica, ledger on; gives the seconds. */
export async function runFairleadEndToEnd(options: {
  redisUrl: string;
  databaseUrl: string;
  jobs: number;
  workspaces: readonly string[];
  concurrency: number;
}): Promise<number> {
  const { redisUrl, databaseUrl, jobs, workspaces, concurrency } = options;
  const checklist = createChecklist(jobs);
  const door = await openDispatcher({ redisUrl, databaseUrl, ledger: 'on', workspaces });
  const ledger = createLedger({ databaseUrl });
  const consumer = noopConsumer(redisUrl, ledger, concurrency, checklist);
  await consumer.start();
  const seconds = await postAll(door, jobs, checklist, (number) => ({
    workspace: workspaces[number % workspaces.length],
    type: 'noop',
  }));
  await consumer.drain(5_000);
  await Promise.all([ledger.close(), door.close()]);
  await verifyCount(databaseUrl, `SELECT count(*) FROM "Job" WHERE "state" = 'succeeded'`, jobs);
  return seconds;
}

/** Express, `addBulk` and a stock worker, with a row for each job that is inserted by batch and updated by job. */
export async function runStockEndToEnd(options: {
  redisUrl: string;
  databaseUrl: string;
  jobs: number;
  concurrency: number;
  recorder: Recorder;
}): Promise<number> {
  const { redisUrl, databaseUrl, jobs, concurrency, recorder } = options;
  const checklist = createChecklist(jobs);
  const numberOf = (payload: unknown) => (payload as { number: number }).number;
  const door = await openStockRoute(redisUrl, (batch) =>
    recorder.accept(batch.map(({ payload }) => numberOf(payload))),
  );
  const { hostname: host, port } = new URL(redisUrl);
  const worker = new Worker(
    'q-0',
    async (job) => {
      await recorder.record(numberOf(job.data), new Date());
      return null;
    },
    { connection: { host, port: Number(port) }, concurrency },
  );
  worker.on('completed', (job) => checklist.tick(numberOf(job.data)));
  await worker.waitUntilReady();
  const seconds = await postAll(door, jobs, checklist, () => ({ type: 'noop' }));
  await worker.close();
  await Promise.all([door.close(), recorder.close()]);
  await verifyCount(databaseUrl, `SELECT count(*) FROM "PeerJob" WHERE state = 'succeeded'`, jobs);
  return seconds;
}

async function postAll(
  { batchUrl: url, headers }: Door,
  jobs: number,
  checklist: Checklist,
  jobOf: (number: number) => object,
): Promise<number> {
  const posts = Array.from({ length: Math.ceil(jobs / BATCH) }, (_, batch) => {
    const numbers = Array.from(
      { length: Math.min(BATCH, jobs - batch * BATCH) },
      (_, i) => batch * BATCH + i,
    );
    const body = JSON.stringify(
      numbers.map((number) => ({ ...jobOf(number), payload: { number, text: 'x'.repeat(60) } })),
    );
    return { url, headers, body };
  });
  const startedMs = performance.now();
  await sendAll(posts, BATCHES_UNDER_WAY, 207);
  await checklist.complete;
  checklist.verify();
  return (performance.now() - startedMs) / 1_000;
}
