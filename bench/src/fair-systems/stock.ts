/**
 * Stock BullMQ in the two ways in which it is used for many tenants: one queue for all, and a queue with a worker of its
 * own for each. In the second a worker has its part of the slots, and no other.
 */
import type { Contest, FairSystem, PlannedJob, Setup } from '@fairlead/testkit';
import { Queue, Worker } from 'bullmq';
import { createRealTime } from './real-time.ts';
import { emptyServer, type FairServer } from './server.ts';

const ADD_BATCH = 1_000;

/** All jobs in one queue, first in first out. */
export function stockFifo(server: FairServer): FairSystem {
  return {
    name: 'stock_fifo',
    standing: 'peer',
    keeps: 'to_the_quantum',
    lacks: new Set(['weights', 'quotas', 'kill', 'requests']),
    open: (setup) => openContest(server, setup, () => 'all'),
  };
}

/** A worker for each workspace. Workspaces that come later than the first jobs get theirs when they come. */
export function stockWorkers(server: FairServer): FairSystem {
  return {
    name: 'stock_workers',
    standing: 'peer',
    keeps: 'to_the_quantum',
    lacks: new Set(['weights', 'quotas', 'kill', 'requests', 'order']),
    open: (setup) => openContest(server, setup, (workspace) => workspace),
  };
}

async function openContest(
  server: FairServer,
  { slots, replicas = 1 }: Setup,
  queueOf: (workspace: string) => string,
): Promise<Contest> {
  await emptyServer(server);
  const { hostname: host, port } = new URL(server.redis.url);
  const connection = { host, port: Number(port) };
  const time = createRealTime();
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  let started = false;

  function open(name: string): Queue {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
    queues.set(name, queue);
    return queue;
  }

  function work(name: string, concurrency: number): void {
    const run = (job: { readonly data: unknown }) => time.run((job.data as { number: number }).number);
    const worker = new Worker(name, run, { connection, concurrency });
    worker.on('error', time.fail);
    workers.push(worker);
  }

  async function addTo(queue: Queue, jobs: readonly (PlannedJob & { readonly number: number })[]) {
    for (let from = 0; from < jobs.length; from += ADD_BATCH) {
      await queue.addBulk(
        jobs.slice(from, from + ADD_BATCH).map((job) => ({
          name: 'planned',
          data: { number: job.number },
          opts: {
            attempts: (job.failures ?? 0) + 1,
            backoff: { type: 'fixed', delay: job.retryMs ?? 0 },
            ...(job.priority === undefined ? {} : { priority: job.priority }),
            ...(job.delayMs === undefined ? {} : { delay: job.delayMs }),
          },
        })),
      );
    }
  }

  return {
    ...time,
    /** It has no settings; but who has a queue of its own is known. */
    async configure(settings) {
      for (const workspace of settings.keys()) open(queueOf(workspace));
    },
    async add(jobs) {
      const first = time.added(jobs);
      const numbered = jobs.map((job, i) => ({ ...job, number: first + i }));
      for (const [name, group] of Map.groupBy(numbered, ({ workspace }) => queueOf(workspace))) {
        const isNew = !queues.has(name);
        await addTo(open(name), group);
        if (started && isNew) work(name, Math.max(1, Math.floor((slots * replicas) / queues.size)));
      }
    },
    async start() {
      started = true;
      time.begin();
      const each = Math.max(1, Math.floor((slots * replicas) / queues.size));
      for (const name of queues.keys()) work(name, each);
    },
    kill: () => Promise.reject(new Error('nobody is to be killed')),
    requestsDuring: () => Promise.reject(new Error('nobody counts')),
    async close() {
      await Promise.all(workers.map((worker) => worker.close(true)));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
