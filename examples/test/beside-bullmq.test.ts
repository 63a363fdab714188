/** The program of docs/library.md: an existing BullMQ application and Fairlead on one Redis. */
import { createScheduler } from '@fairlead/scheduler';
import { privateRedis, waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { runProgram } from '../beside-bullmq/program.ts';

test('both do their work, and neither sees the other’s', async () => {
  const redis = await privateRedis();
  const delivered: string[] = [];
  const stop = new AbortController();
  const ended = runProgram(redis.url, (what, to) => delivered.push(`${what} ${to}`), stop.signal);
  await waitFor(() => delivered.length === 3, { what: 'all three are delivered' });

  const scheduler = createScheduler({ redis: { url: redis.url } });
  const stock = new Queue('newsletter', { connection: { url: redis.url } });
  const settled = async () => [
    (await stock.getJobCounts('completed'))['completed'],
    ...(await scheduler.counts(['acme', 'globex'])).map(({ completed }) => completed),
  ];
  await waitFor(async () => `${await settled()}` === '1,1,1', { what: 'all three are settled' });
  expect(delivered.sort()).toEqual([
    'invoice bob@example.com',
    'newsletter everybody@example.com',
    'welcome ada@example.com',
  ]);
  expect(await scheduler.activeWorkspaces(10)).toEqual(['acme', 'globex']);

  stop.abort();
  await ended;
  await stock.close();
  await scheduler.close();
  await redis.stop();
});
