import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createChecklist } from '../checklist.ts';

/** Found by trying 25, 50, 100, 200 and 400: more gains nothing. */
export const STOCK_CONCURRENCY = 100;
const ADD_BATCH = 1_000;
const JOB_OPTIONS = { removeOnComplete: true };

export interface StockSettings {
  /** Jobs that all workers together run at once. */
  readonly concurrency: number;
}

function connectionOf(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Adds no-op jobs with the stock library, spread evenly over `queues` queues. */
export async function fillStock(url: string, jobs: number, queues: number): Promise<void> {
  const connection = connectionOf(url);
  for (let index = 0; index < queues; index++) {
    const queue = new Queue(`q-${index}`, { connection, defaultJobOptions: JOB_OPTIONS });
    const numbers: number[] = [];
    for (let number = index; number < jobs; number += queues) numbers.push(number);
    for (let from = 0; from < numbers.length; from += ADD_BATCH) {
      await queue.addBulk(
        numbers.slice(from, from + ADD_BATCH).map((number) => ({
          name: 'noop',
          data: { number, text: 'x'.repeat(60) },
          opts: { attempts: 3 },
        })),
      );
    }
    await queue.close();
  }
}

/** Drains them with stock workers, one a queue; all in this process, over one connection and one each to block on. */
export async function drainStock(
  url: string,
  jobs: number,
  queues: number,
  settings: StockSettings,
): Promise<void> {
  const checklist = createChecklist(jobs);
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const concurrency = Math.max(1, Math.floor(settings.concurrency / queues));
  const workers = Array.from(
    { length: queues },
    (_, index) =>
      new Worker(
        `q-${index}`,
        async (job) => {
          checklist.tick((job.data as { number: number }).number);
          return null;
        },
        { connection, concurrency },
      ),
  );
  await checklist.complete;
  checklist.verify();
  await Promise.all(workers.map((worker) => worker.close()));
  connection.disconnect();
}
