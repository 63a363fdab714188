/** Step 3: the producer is Fairlead's, and tenants have weights and quotas. */
// #region app
import { randomUUID } from 'node:crypto';
import { createConsumer } from '@fairlead/consumer';
import { createProducer } from '@fairlead/scheduler';
import { handlersThat } from '../handlers.ts';
import type { AppOptions, MailApp } from '../mail-app.ts';

export function createApp({ redisUrl, tenants, deliver, onSent }: AppOptions): MailApp {
  const redis = { url: redisUrl };
  const [first = '', ...others] = tenants;
  const fairlead = createProducer({
    redis,
    workspaces: {
      // Twice the share of the others while all have work, ten at once, and fifty starts a second.
      [first]: { weight: 2, concurrency: 10, ratePerSecond: 50 },
      ...Object.fromEntries(others.map((tenant) => [tenant, {}])),
    },
  });
  const consumer = createConsumer({
    redis,
    concurrency: 20,
    handlers: handlersThat(deliver),
    // In place of QueueEvents: what happens in this replica, without a stream to read.
    onEvent(event) {
      if (event.event === 'finished' && event.outcome === 'completed')
        onSent(event.job.workspace, event.job.id);
    },
  });

  return {
    async send(tenant, mail, { id = randomUUID(), delayMs, priority } = {}) {
      const [added] = await fairlead.add([
        {
          workspace: tenant,
          id,
          type: 'mail.send',
          payload: mail,
          maxAttempts: 3,
          backoff: { type: 'exponential', delayMs: 100 },
          ...(delayMs === undefined ? {} : { delayMs }),
          ...(priority === undefined ? {} : { priority }),
        },
      ]);
      if (added?.outcome === 'failed') throw added.error;
    },
    async start() {
      await consumer.start();
    },
    async stop() {
      await consumer.drain();
      await fairlead.close();
    },
  };
}
// #endregion app
