import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLedger } from '@fairlead/ledger';
import { startProcess, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newKey } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);
const KEY = newKey();
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
let servers: Servers;
let env: Record<string, string>;

beforeAll(async () => {
  servers = await startServers();
  env = {
    REDIS_URL: servers.redis.url,
    DATABASE_URL: servers.postgres.url,
    HOST: '',
    PORT: '',
    LOG_LEVEL: '',
    FAIRLEAD_BOOTSTRAP_KEY: KEY,
  };
});
afterAll(async () => {
  await servers.stop();
});

test('it starts, says where, serves, counts, and ends in order on SIGTERM', async () => {
  const dispatcher = await startProcess(MAIN, { env });
  try {
    const listening = dispatcher.logs().filter((line) => line['msg'] === 'listening');
    expect(listening).toHaveLength(1);
    expect(listening[0]).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const get = (path: string) => fetch(dispatcher.url + path);
    await waitFor(async () => (await get('/readyz')).ok, { what: 'it is ready', deadlineMs: 30_000 });
    const post = (workspace: string) =>
      fetch(`${dispatcher.url}/v1/workspaces/${workspace}/jobs`, {
        method: 'POST',
        headers,
        body: '{"type":"t"}',
      });
    expect((await post('acme')).status).toBe(202);
    expect((await post('No')).status).toBe(400);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^fairlead_jobs_accepted_total 1$/m);
    expect(metrics).toMatch(/^fairlead_jobs_rejected_total\{code="WORKSPACE_NAME_INVALID"\} 1$/m);
    expect(metrics).toMatch(/^fairlead_settings_restored_total 1$/m);
    expect(metrics).toMatch(/^fairlead_workspaces\{state="known"\} 1$/m);
    expect(metrics).toMatch(
      /http_route="\/v1\/workspaces\/:workspace\/jobs",http_response_status_code="202"/,
    );
    expect(metrics).not.toContain('acme');
  } finally {
    expect(await dispatcher.stop(30_000)).toMatchObject({ code: 0 });
  }
});

test('it holds leases under a name that no other process has, not even one of its host and pid', async () => {
  const dispatcher = await startProcess(MAIN, { env });
  const ledger = createLedger({ databaseUrl: servers.postgres.url });
  try {
    const holder = async () => (await ledger.leases.get('schedules'))?.holder ?? '';
    await waitFor(async () => /-\d+-[0-9a-f]{8}$/.test(await holder()), {
      what: 'it holds a lease',
      deadlineMs: 30_000,
    });
  } finally {
    await ledger.close();
    await dispatcher.stop();
  }
});

test('a job that is being added when SIGTERM comes is answered', async () => {
  const dispatcher = await startProcess(MAIN, { env });
  const arrived = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const answer = fetch(`${dispatcher.url}/v1/workspaces/acme/jobs`, {
    method: 'POST',
    headers,
    body: ReadableStream.from(
      (async function* () {
        yield Buffer.from('{"type":');
        arrived.resolve();
        await rest.promise;
        yield Buffer.from('"t"}');
      })(),
    ),
    duplex: 'half',
  } as RequestInit);
  await arrived.promise;
  // The server has the request once it answers a later one.
  await fetch(`${dispatcher.url}/healthz`);
  const ended = dispatcher.stop(30_000);
  await waitFor(async () => (await fetch(`${dispatcher.url}/readyz`)).status === 503, { what: 'it drains' });
  rest.resolve();
  expect((await answer).status).toBe(202);
  expect(await ended).toMatchObject({ code: 0 });
});

test('it ends within its time also when Redis and Postgres are frozen', async () => {
  const dispatcher = await startProcess(MAIN, { env: { ...env, FAIRLEAD_DRAIN_TIMEOUT_MS: '2000' } });
  await waitFor(async () => (await fetch(`${dispatcher.url}/readyz`)).ok, {
    what: 'it is ready',
    deadlineMs: 30_000,
  });
  const thaw = await servers.freezePostgres();
  await servers.redis.kill('SIGSTOP');
  try {
    const hanging = fetch(`${dispatcher.url}/v1/workspaces`, { headers }).catch(() => undefined);
    expect(await dispatcher.stop(20_000)).toMatchObject({ code: 0, signal: null });
    await hanging;
  } finally {
    await servers.redis.kill('SIGCONT');
    thaw();
  }
});

test('it starts without Redis and Postgres, and is ready when they are there', async () => {
  await servers.redis.halt();
  const dispatcher = await startProcess(MAIN, { env });
  try {
    const answer = await fetch(`${dispatcher.url}/readyz`);
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      503,
      expect.stringContaining('Redis: '),
    ]);
    await servers.redis.restart();
    await waitFor(async () => (await fetch(`${dispatcher.url}/readyz`)).ok, {
      what: 'it is ready',
      deadlineMs: 30_000,
    });
  } finally {
    await dispatcher.stop();
  }
});

test.each([
  [{ FAIRLEAD_BOOTSTRAP_KEY: 'secret' }, /FAIRLEAD_BOOTSTRAP_KEY must be like flk_/],
  [{ REDIS_URL: '' }, /REDIS_URL is not set/],
  [{ PORT: 'http', LOG_LEVEL: 'loud' }, /PORT must be a number .*\n {2}- LOG_LEVEL must be one of/],
])('with %j it does not start, and says why', async (wrong, reason) => {
  const failed = promisify(execFile)(process.execPath, ['--conditions=development', fileURLToPath(MAIN)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env, ...wrong },
  });
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(reason) });
});
