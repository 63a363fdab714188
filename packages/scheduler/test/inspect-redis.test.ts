import { privateRedis, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inspectRedis } from '../src/index.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await privateRedis();
});
afterAll(() => redis.stop());

test('it says its version, what it does when it is full, whether it persists, and what time it is', async () => {
  const before = Date.now();
  const facts = await inspectRedis({ url: redis.url }, 5_000);
  expect(facts).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    evictionPolicy: 'noeviction',
    appendOnly: true,
    maxBytes: 0,
  });
  expect(facts.usedBytes).toBeGreaterThan(100_000);
  expect(facts.nowMs).toBeGreaterThanOrEqual(before - 1);
  expect(facts.nowMs).toBeLessThanOrEqual(Date.now() + 1);

  await redis.command('CONFIG', 'SET', 'maxmemory', '64mb');
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
  await redis.command('CONFIG', 'SET', 'appendonly', 'no');
  expect(await inspectRedis({ url: redis.url }, 5_000)).toMatchObject({
    evictionPolicy: 'volatile-ttl',
    appendOnly: false,
    maxBytes: 64 * 1024 * 1024,
  });
});

test('what keeps it from answering is told: nobody there, a wrong password, silence', async () => {
  await expect(inspectRedis({ url: 'redis://127.0.0.1:9' }, 5_000)).rejects.toMatchObject({
    code: 'REDIS_UNAVAILABLE',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  await redis.command('CONFIG', 'SET', 'requirepass', 'other');
  const wrong = inspectRedis({ url: redis.url.replace('//', '//:wrong@') }, 5_000);
  await expect(wrong).rejects.toMatchObject({ message: expect.stringContaining('WRONGPASS') });
  await redis.kill('SIGSTOP');
  await expect(inspectRedis({ url: redis.url }, 300)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await redis.kill('SIGCONT');
});
