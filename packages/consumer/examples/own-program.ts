/** A consumer and a producer inside a program of one's own, without any of Fairlead's services. */
// #region program
import { createConsumer } from '@fairlead/consumer';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import handlers from './handlers.ts';
import moreHandlers from './more-handlers.ts';

/** Adds one mail for a workspace, and runs handlers until the process is told to stop. */
export async function runProgram(url: string): Promise<void> {
  const scheduler = createScheduler({ redis: { url } });
  await scheduler.ping(5_000);
  // Once per Redis, when no dispatcher does it: settings are in place, claims may begin.
  await scheduler.writeGeneration();

  const consumer = createConsumer({
    handlers: { ...handlers, ...moreHandlers },
    redis: { url },
    concurrency: 16,
  });
  await consumer.start();

  const payload = { to: 'ada@example.com', subject: 'Hello' };
  await createProducer(scheduler).add([{ workspace: 'acme', id: 'welcome-1', type: 'email.send', payload }]);

  await new Promise((resolve) => process.once('SIGTERM', resolve));
  await consumer.drain(25_000);
  await scheduler.close();
}
// #endregion program
