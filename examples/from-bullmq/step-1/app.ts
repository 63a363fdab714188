/** Step 1, where many begin: stock BullMQ, a queue and a worker for each tenant. */
// #region app
import { Queue, QueueEvents, Worker } from 'bullmq';
import type { AppOptions, MailApp } from '../mail-app.ts';

export function createApp({ redisUrl, tenants, deliver, onSent }: AppOptions): MailApp {
  const connection = { url: redisUrl };
  const queues = new Map(tenants.map((tenant) => [tenant, new Queue(tenant, { connection })]));
  const workers: Worker[] = [];
  const events: QueueEvents[] = [];

  return {
    async send(tenant, mail, { id, delayMs, priority } = {}) {
      await queues.get(tenant)?.add('mail.send', mail, {
        attempts: 3,
        backoff: { type: 'exponential', delay: 100 },
        ...(id === undefined ? {} : { jobId: id }),
        ...(delayMs === undefined ? {} : { delay: delayMs }),
        ...(priority === undefined ? {} : { priority }),
      });
    },
    async start() {
      for (const tenant of tenants) {
        const seen = new QueueEvents(tenant, { connection });
        seen.on('completed', ({ jobId }) => onSent(tenant, jobId));
        events.push(seen);
        await seen.waitUntilReady();
        workers.push(
          new Worker(tenant, async (job) => deliver(tenant, job.data), { connection, concurrency: 1 }),
        );
      }
    },
    async stop() {
      for (const part of [...workers, ...events, ...queues.values()]) await part.close();
    },
  };
}
// #endregion app
