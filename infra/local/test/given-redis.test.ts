import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from '../src/servers/ports.ts';
import { givenRedis } from '../src/stack/given-redis.ts';

test('a Redis that is there is named without its secrets', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await givenRedis(`redis://:secret@127.0.0.1:${port}/3`)).toBe(`yours, redis://127.0.0.1:${port}`);
  await new Promise((resolve) => server.close(resolve));
});

test('one that is not there is told with the fix', async () => {
  const port = await freePort();
  await expect(givenRedis(`redis://127.0.0.1:${port}`)).rejects.toThrow(
    `Nobody answers at REDIS_URL (redis://127.0.0.1:${port}): ECONNREFUSED. Start it, or unset REDIS_URL for a private one.`,
  );
});
