import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startPrivatePostgres } from '../src/servers/postgres.ts';
import { canReach } from '../src/servers/postgres-files.ts';
import { startPrivateRedis } from '../src/servers/redis.ts';
import { isAlive, until } from './until.ts';

let folder: string;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-servers-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a missing redis-server is an error with the fix', async () => {
  await expect(startPrivateRedis({ redisServer: 'redis-server-that-is-not-there' })).rejects.toThrow(
    /no redis-server-that-is-not-there on the PATH\. Install Redis 7\.0 or newer.*REDIS_URL/,
  );
});

test('a taken port is an error, and nobody else’s server is adopted', async () => {
  const other: Server = createServer((socket) => socket.resume().end('+PONG\r\n'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  cleanUps.push(() => new Promise((resolve) => other.close(resolve)));
  await expect(startPrivateRedis({ port })).rejects.toThrow(/did not start[\s\S]*already in use/);
});

test('an argument that Redis does not know is reported with its last lines', async () => {
  await expect(startPrivateRedis({ config: ['--no-such-setting', '1'] })).rejects.toThrow(/no-such-setting/);
});

test('a data folder that a dead owner’s server still holds is freed first', async () => {
  const dataDir = join(folder, 'redis');
  const forgotten = await startPrivateRedis({ dataDir });
  const next = await startPrivateRedis({ dataDir });
  cleanUps.push(next.stop);
  expect(isAlive(forgotten.pid)).toBe(false);
  expect(isAlive(next.pid)).toBe(true);
});

test('PostgreSQL keeps its data and its password over a stop and a kill', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-servers-pg-'));
  cleanUps.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  const first = await startPrivatePostgres({ dataDir });
  cleanUps.unshift(first.stop);
  await first.query('CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await startPrivatePostgres({ dataDir, port: first.port });
  cleanUps.unshift(second.stop);
  expect(second.url).toBe(first.url);
  expect(await second.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await second.kill('SIGKILL');

  const third = await startPrivatePostgres({ dataDir, port: first.port });
  cleanUps.unshift(third.stop);
  expect(await third.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await until('the killed server has gone', () => !isAlive(second.pid));
});

test('a folder below a closed one is out of another user’s reach', () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  expect(canReach(nobody, join(folder, 'not', 'there', 'yet'))).toBe(false);
  expect(canReach(nobody, '/usr/bin/env')).toBe(true);
  expect(canReach(undefined, folder)).toBe(true);
});
