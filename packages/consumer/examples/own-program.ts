/** A consumer and a producer inside a program of one's own, without any of Fairlead's services. */
// #region program
import { createConsumer } from '@fairlead/consumer';
import { createProducer } from '@fairlead/scheduler';
import handlers from './handlers.ts';
import moreHandlers from './more-handlers.ts';

/** Adds one mail for a workspace, and runs handlers until the process is told to stop. */
export async function runProgram(url: string): Promise<void> {
  const producer = createProducer({ redis: { url } });
  await producer.ready();

  const consumer = createConsumer({
    handlers: { ...handlers, ...moreHandlers },
    redis: { url },
    concurrency: 16,
  });
  await consumer.start();

  const payload = { to: 'ada@example.com', subject: 'Hello' };
  await producer.add([{ workspace: 'acme', id: 'welcome-1', type: 'email.send', payload }]);

  await new Promise((resolve) => process.once('SIGTERM', resolve));
  await consumer.drain(25_000);
  await producer.close();
}
// #endregion program
