/** A process with a stock worker per queue, as small as it can be made; says its memory when all queues are drained. */
import { Worker } from 'bullmq';
import { createChecklist } from '../checklist.ts';
import { readOrder } from '../child.ts';
import { type Order, tellMemory } from './held.ts';

const { url, queues, jobs } = readOrder<Order>();
const { hostname: host, port } = new URL(url);
const checklist = createChecklist(jobs);
for (let index = 0; index < queues; index++) {
  const worker = new Worker(
    `q-${index}`,
    async (job) => {
      checklist.tick((job.data as { number: number }).number);
      return null;
    },
    { connection: { host, port: Number(port) }, concurrency: 1 },
  );
  worker.on('error', (error) => checklist.fail(error));
  // Ten thousand connections at once are more than a server takes.
  if (index % 100 === 99) await worker.waitUntilReady();
}
await checklist.complete;
checklist.verify();
await tellMemory();
