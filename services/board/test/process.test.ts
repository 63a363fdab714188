/** The board as the process that an operator starts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  certificateAuthority,
  privateRedis,
  startProcess,
  type TestProcess,
  type TestRedis,
  waitFor,
} from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { basic } from './open-board.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);
const PASSWORD = 'a password for tests';

let redis: TestRedis;
let board: TestProcess | undefined;
beforeAll(async () => {
  redis = await privateRedis();
});
afterEach(async () => {
  await board?.stop();
  board = undefined;
});
afterAll(() => redis.stop());

async function start(env: Record<string, string | undefined> = {}): Promise<TestProcess> {
  board = await startProcess(MAIN, {
    env: {
      REDIS_URL: redis.url,
      FAIRLEAD_BOARD_PASSWORD: PASSWORD,
      HOST: undefined,
      PORT: undefined,
      ...env,
    },
  });
  return board;
}

test.each([
  ['without a password', undefined, 'FAIRLEAD_BOARD_PASSWORD is not set'],
  ['with a short password', 'too-short', 'FAIRLEAD_BOARD_PASSWORD is shorter than 12 characters'],
])('it refuses to start %s, and says why', async (_what, password, reason) => {
  const refused = await startProcess(MAIN, {
    env: { REDIS_URL: redis.url, FAIRLEAD_BOARD_PASSWORD: password },
    waitFor: 'spawn',
  });
  expect((await refused.exited).code).toBe(2);
  await waitFor(() => refused.output().includes(reason), { what: 'the reason is read' });
  expect(refused.output()).not.toContain('too-short');
});

test('it listens on this machine, serves the board, and ends in order', async () => {
  const { url, logs, stop, output } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(logs().filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  const headers = basic('operator', PASSWORD);
  expect(await (await fetch(`${url}/queues/api/queues`, { headers })).json()).toEqual({ queues: [] });
  expect((await fetch(`${url}/queues/api/queues`)).status).toBe(401);
  expect((await stop()).code).toBe(0);
  expect(output()).not.toContain(PASSWORD);
});

test('its metrics count requests by route and name no workspace', async () => {
  const { url } = await start();
  const headers = basic('operator', PASSWORD);
  await fetch(`${url}/queues/api/queues/hidden-tenant/hidden-job`, { headers });
  const metrics = await waitFor(
    async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.includes('http_route="/api/queues/:queueName/:jobId"') && text;
    },
    { what: 'the request is counted' },
  );
  expect(metrics).not.toContain('hidden-');
});

test('it starts while Redis is away, and is ready when Redis is there', async () => {
  await redis.halt();
  const { url } = await start();
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  await redis.restart();
  await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'the board is ready' });
});

test('it speaks TLS to Redis, with the authority in a file, and not to a Redis of another one', async () => {
  const authority = certificateAuthority('Fairlead tests');
  const folder = mkdtempSync(join(tmpdir(), 'board-tls-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { cert, key } = authority.issue('127.0.0.1');
  const port = await freePort();
  const secure = await privateRedis({
    config: [
      ...[
        '--tls-port',
        String(port),
        '--tls-auth-clients',
        'no',
        '--tls-ca-cert-file',
        file('ca', authority.ca),
      ],
      ...['--tls-cert-file', file('cert', cert), '--tls-key-file', file('key', key)],
    ],
  });
  try {
    const REDIS_URL = `rediss://127.0.0.1:${port}`;
    const { url } = await start({ REDIS_URL, REDIS_TLS_CA_FILE: join(folder, 'ca') });
    await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'the board is ready' });
    await board?.stop();
    const another = file('another', certificateAuthority('Fairlead tests').ca);
    const { url: apart, output } = await start({ REDIS_URL, REDIS_TLS_CA_FILE: another });
    expect((await fetch(`${apart}/readyz`)).status).toBe(503);
    await waitFor(() => output().includes('of no authority that is trusted'), {
      what: 'the reason is logged',
    });
  } finally {
    await secure.stop();
    rmSync(folder, { recursive: true });
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
