/**
 * A plain Node program: a BullMQ application as it was, and Fairlead beside it, on the same Redis and in one process.
 * None of Fairlead's services runs.
 */
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { createProducer } from '@fairlead/scheduler';
import { Queue, Worker } from 'bullmq';
import { z } from 'zod';

export type Deliver = (what: 'newsletter' | 'welcome' | 'invoice', to: string) => void;

// #region program
/** Runs both until it is told to stop. */
export async function runProgram(url: string, deliver: Deliver, stop: AbortSignal): Promise<void> {
  // What there was before. Its keys begin with `bull:`, Fairlead's with `{fl0}:`.
  const newsletter = new Queue('newsletter', { connection: { url } });
  const worker = new Worker('newsletter', async (job) => deliver('newsletter', job.data.to), {
    connection: { url },
  });

  // One connection, and what the workspaces are set to.
  const producer = createProducer({
    redis: { url },
    workspaces: { acme: { weight: 2 }, globex: { concurrency: 5, ratePerSecond: 50 } },
  });
  // One replica for all workspaces. Start as many processes as you like.
  const consumer = createConsumer({
    redis: { url },
    concurrency: 16,
    handlers: defineHandlers({
      'mail.welcome': {
        input: z.object({ to: z.email() }),
        run: (job) => deliver('welcome', job.input.to),
      },
      'mail.invoice': {
        input: z.object({ to: z.email() }),
        run: (job) => deliver('invoice', job.input.to),
      },
    }),
  });
  await producer.ready();
  await consumer.start();

  await newsletter.add('send', { to: 'everybody@example.com' });
  const [added] = await producer.add([
    { workspace: 'acme', id: 'welcome-1', type: 'mail.welcome', payload: { to: 'ada@example.com' } },
  ]);
  if (added?.outcome === 'failed') throw added.error;

  // A workspace's queue is a stock Queue too: for code that has one, and for options that `add` does not have.
  const invoices = await producer.queueFor('globex');
  await invoices.add('mail.invoice', { to: 'bob@example.com' }, { jobId: 'invoice-1', priority: 3 });

  await new Promise((resolve) => stop.addEventListener('abort', resolve));
  await worker.close();
  await newsletter.close();
  await consumer.drain();
  await producer.close();
}
// #endregion program
