/** Workers that say how long each job waited: from just before it was handed over to the first line of its handler. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { Queue, Worker } from 'bullmq';
import { z } from 'zod';
import { workspaceName } from './fairlead.ts';

export interface TimedWorker {
  /** Hands a job over; resolves with its wait, ms, when it has begun. Numbers are used once. */
  hand(number: number, workspace: number): Promise<number>;
  close(): Promise<void>;
}

export interface TimedWorkerOptions {
  readonly concurrency: number;
  readonly workMs: number;
  /** Of stock: all of them share its one queue. */
  readonly workspaces: number;
}

/** Keeps, for each job under way, when it was handed over and who wants to know. */
function createStopwatch() {
  const underWay = new Map<number, { readonly sinceMs: number; readonly tell: (waitMs: number) => void }>();
  return {
    async time(number: number, add: () => Promise<unknown>): Promise<number> {
      const { promise, resolve } = Promise.withResolvers<number>();
      underWay.set(number, { sinceMs: performance.now(), tell: resolve });
      await add();
      return promise;
    },
    begun(number: number): void {
      const one = underWay.get(number);
      underWay.delete(number);
      one?.tell(performance.now() - one.sinceMs);
    },
  };
}

export async function openFairleadWorker(url: string, options: TimedWorkerOptions): Promise<TimedWorker> {
  const watch = createStopwatch();
  const scheduler = createScheduler({ redis: { url } });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  const producer = createProducer(scheduler);
  const consumer = createConsumer({
    handlers: defineHandlers({
      timed: {
        input: z.object({ number: z.number() }),
        run: async (job) => {
          watch.begun(job.input.number);
          if (options.workMs > 0) await sleep(options.workMs);
          return null;
        },
      },
    }),
    redis: { url },
    concurrency: options.concurrency,
    keepCompleted: { count: 0, ageSeconds: 0 },
  });
  await consumer.start();
  return {
    hand: (number, workspace) =>
      watch.time(number, async () => {
        const job = {
          workspace: workspaceName(workspace),
          id: `j-${number}`,
          type: 'timed',
          payload: { number },
        };
        const [added] = await producer.add([job]);
        if (added?.outcome !== 'added') throw added?.error ?? new Error('nothing was added');
      }),
    async close() {
      await consumer.drain();
      await scheduler.close();
    },
  };
}

export async function openStockWorker(url: string, options: TimedWorkerOptions): Promise<TimedWorker> {
  const watch = createStopwatch();
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const queue = new Queue('timed', {
    connection,
    defaultJobOptions: { removeOnComplete: true, attempts: 3 },
  });
  const worker = new Worker(
    'timed',
    async (job) => {
      watch.begun((job.data as { number: number }).number);
      if (options.workMs > 0) await sleep(options.workMs);
      return null;
    },
    { connection, concurrency: options.concurrency },
  );
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    hand: (number) => watch.time(number, () => queue.add('timed', { number })),
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
