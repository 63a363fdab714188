/**
 * A process with a stock worker per queue, as small as it can be made: the workers share a connection, and each has only
 * the one that it blocks on to itself. Says its memory when all queues are drained.
 */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createChecklist } from '../checklist.ts';
import { readOrder } from '../child.ts';
import { type Order, tellMemory } from './held.ts';

const { url, queues, jobs } = readOrder<Order>();
const connection = new Redis(url, { maxRetriesPerRequest: null });
const checklist = createChecklist(jobs);
for (let index = 0; index < queues; index++) {
  const worker = new Worker(
    `q-${index}`,
    async (job) => {
      checklist.tick((job.data as { number: number }).number);
      return null;
    },
    { connection, concurrency: 1 },
  );
  worker.on('error', (error) => checklist.fail(error));
  // Ten thousand connections at once are more than a server takes.
  if (index % 100 === 99) await worker.waitUntilReady();
}
await checklist.complete;
checklist.verify();
await tellMemory();
