/**
 * A replica of the negative control: a stock BullMQ worker with the jobs of the fault tests. It ends as theirs do when it
 * runs a poison job. Its arguments: the port of the Redis, and the queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';

const [, , port, queue = ''] = process.argv;

new Worker<{ ms: number }>(
  queue,
  async (job) => {
    if (job.name === 'crash') process.exit(70);
    await sleep(job.data.ms);
  },
  {
    connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null },
    concurrency: 16,
    lockDuration: 1_000,
    stalledInterval: 500,
  },
).on('error', () => {});
