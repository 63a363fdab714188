/** GroupMQ with a group for each workspace, of which it runs one job at a time. */
import type { Contest, FairSystem, Setup } from '@fairlead/testkit';
import { Queue, Worker } from 'groupmq';
import { Redis } from 'ioredis';
import { createRealTime } from './real-time.ts';
import { emptyServer, type FairServer } from './server.ts';

const ADDS_UNDER_WAY = 1_000;
const CLOSE_MS = 1;

export function groupMq(server: FairServer): FairSystem {
  return {
    name: 'groupmq',
    standing: 'peer',
    keeps: 'to_the_quantum',
    lacks: new Set(['weights', 'quotas', 'several_at_once', 'order', 'kill', 'requests']),
    open: (setup) => openContest(server, setup),
  };
}

async function openContest(server: FairServer, { slots, replicas = 1 }: Setup): Promise<Contest> {
  await emptyServer(server);
  const redis = new Redis(server.redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue<{ number: number }>({
    redis,
    namespace: 'conformance',
    autoBatch: { size: 500, maxWaitMs: 2 },
  });
  const time = createRealTime();
  let worker: Worker<{ number: number }> | undefined;

  return {
    ...time,
    configure: async () => {},
    async add(jobs) {
      const first = time.added(jobs);
      for (let from = 0; from < jobs.length; from += ADDS_UNDER_WAY) {
        const part = jobs.slice(from, from + ADDS_UNDER_WAY);
        await Promise.all(
          part.map(({ workspace }, i) =>
            queue.add({ groupId: workspace, data: { number: first + from + i } }),
          ),
        );
      }
    },
    async start() {
      worker = new Worker({
        queue,
        concurrency: slots * replicas,
        handler: (job) => time.run(job.data.number),
        onError: (error) => time.fail(error as Error),
      });
      time.begin();
      void worker.run();
    },
    kill: () => Promise.reject(new Error('nobody is to be killed')),
    requestsDuring: () => Promise.reject(new Error('nobody counts')),
    async close() {
      await worker?.close(CLOSE_MS);
      await queue.close();
      redis.disconnect();
    },
  };
}
