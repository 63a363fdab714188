import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { methods, startServer } from '../src/index.ts';
import { type Harness, startHarness } from './harness.ts';

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.server.close(0);
});

/** A harness with a route that answers when it is told to. */
async function withSlowRoute() {
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  harness = await startHarness((routes) => {
    methods(routes, '/slow', {
      GET: async (_req, res) => {
        arrived.resolve();
        await finish.promise;
        res.json({ done: true });
      },
    });
  });
  return { harness, arrived: arrived.promise, finish: finish.resolve };
}

test('a request in flight is finished, and meanwhile the service is not ready and takes no new one', async () => {
  const { harness, arrived, finish } = await withSlowRoute();
  const slow = fetch(`${harness.url}/slow`);
  await arrived;
  const closed = harness.server.close(10_000);

  const ready = await fetch(`${harness.url}/readyz`);
  expect([ready.status, ((await ready.json()) as { code: string }).code]).toEqual([503, 'SHUTTING_DOWN']);
  expect((await fetch(`${harness.url}/healthz`)).status).toBe(200);
  const refused = await fetch(`${harness.url}/slow`);
  expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
    503,
    '1',
    'close',
  ]);

  finish();
  expect(await (await slow).json()).toEqual({ done: true });
  expect(await closed).toEqual({ cutOff: 0 });
  await expect(fetch(`${harness.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('at the deadline whatever is still there is cut off', async () => {
  const { harness, arrived } = await withSlowRoute();
  const slow = fetch(`${harness.url}/slow`).catch((error: Error) => error.message);
  await arrived;
  expect(await harness.server.close(20)).toEqual({ cutOff: 1 });
  expect(await slow).toBe('fetch failed');
});

test('connections that wait for nothing do not hold up the end', async () => {
  const { harness } = await withSlowRoute();
  const socket = connect(harness.server.port, '127.0.0.1');
  await once(socket, 'connect');
  await fetch(`${harness.url}/healthz`);
  expect(await harness.server.close(60_000)).toEqual({ cutOff: 0 });
});

test('a port that is taken is a fault that says so', async () => {
  const { harness } = await withSlowRoute();
  await expect(
    startServer(harness.app, { host: '127.0.0.1', port: harness.server.port }),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('EADDRINUSE'),
    fix: expect.stringContaining('PORT=0'),
  });
});

/** A process that says when it runs, and whose handler ends as its argument says. */
async function startChild(behaviour: 'ends' | 'fails' | 'hangs') {
  const script = fileURLToPath(new URL('./fixtures/shutting-down.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=development', script, behaviour], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await once(child.stdout, 'data');
  return { child, exited: once(child, 'exit') as Promise<[number | null, string | null]> };
}

test.each([
  ['ends', 'SIGTERM', 0],
  ['ends', 'SIGINT', 0],
  ['fails', 'SIGTERM', 1],
] as const)('a handler that %s after %s makes the exit code %d', async (behaviour, signal, code) => {
  const { child, exited } = await startChild(behaviour);
  child.kill(signal);
  expect(await exited).toEqual([code, null]);
});

test('a second signal exits at once', async () => {
  const { child, exited } = await startChild('hangs');
  child.kill('SIGTERM');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  expect(await exited).toEqual([130, null]);
});
