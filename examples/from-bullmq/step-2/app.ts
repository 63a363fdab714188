/** Step 2: the queues stay stock BullMQ; one consumer drains all of them, fairly. */
// #region app
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { createProducer } from '@fairlead/scheduler';
import { QueueEvents } from 'bullmq';
import { z } from 'zod';
import type { AppOptions, MailApp } from '../mail-app.ts';

export function createApp({ redisUrl, tenants, deliver, onSent }: AppOptions): MailApp {
  const connection = { url: redisUrl };
  const fairlead = createProducer({ redis: connection });
  const events: QueueEvents[] = [];
  // In place of the workers: one replica, one connection and one that blocks, for all tenants.
  const consumer = createConsumer({
    redis: connection,
    concurrency: 20,
    handlers: defineHandlers({
      'mail.send': {
        input: z.object({ to: z.string(), text: z.string() }),
        run: (job) => deliver(job.workspace, job.input),
      },
    }),
  });

  return {
    async send(tenant, mail, { id, delayMs, priority } = {}) {
      // A stock Queue, under the prefix `{fl0}` instead of `bull`. The call is as it was.
      const queue = await fairlead.queueFor(tenant);
      await queue.add('mail.send', mail, {
        attempts: 3,
        backoff: { type: 'exponential', delay: 100 },
        ...(id === undefined ? {} : { jobId: id }),
        ...(delayMs === undefined ? {} : { delay: delayMs }),
        ...(priority === undefined ? {} : { priority }),
      });
    },
    async start() {
      await fairlead.ready();
      for (const tenant of tenants) {
        const seen = new QueueEvents(tenant, { connection, prefix: '{fl0}' });
        seen.on('completed', ({ jobId }) => onSent(tenant, jobId));
        events.push(seen);
        await seen.waitUntilReady();
      }
      await consumer.start();
    },
    async stop() {
      await consumer.drain();
      for (const seen of events) await seen.close();
      await fairlead.close();
    },
  };
}
// #endregion app
