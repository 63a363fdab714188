/** Inline runs and the end of their process. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyMigrations, createLedger, type Ledger } from '@fairlead/ledger';
import { startProcess, type TestProcess, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newKey } from './open-dispatcher.ts';
import { roomInTheHour } from './room-in-the-hour.ts';
import { type Servers, startServers } from './servers.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);
const HANDLERS = fileURLToPath(new URL('./fixtures/inline-handlers.ts', import.meta.url));
const KEY = newKey();
let servers: Servers;
let ledger: Ledger;
let folder: string;
let log: string;
let gate: string;
let env: Record<string, string>;

beforeAll(async () => {
  servers = await startServers();
  const databaseUrl = new URL('/postgres', servers.postgres.url).href;
  await applyMigrations(databaseUrl);
  ledger = createLedger({ databaseUrl });
  env = {
    REDIS_URL: servers.redis.url,
    DATABASE_URL: databaseUrl,
    FAIRLEAD_BOOTSTRAP_KEY: KEY,
    FAIRLEAD_HANDLERS: HANDLERS,
    FAIRLEAD_DISPATCH_MODE: 'inline',
  };
  await roomInTheHour(120_000);
}, 240_000);

afterAll(async () => {
  await ledger.close();
  await servers.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-inline-'));
  log = join(folder, 'log');
  gate = join(folder, 'gate');
  await writeFile(log, '');
});

afterEach(() => rm(folder, { recursive: true }));

async function start(more: Record<string, string> = {}): Promise<TestProcess> {
  const dispatcher = await startProcess(MAIN, {
    env: { ...env, FAIRLEAD_TEST_LOG: log, FAIRLEAD_TEST_GATE: gate, ...more },
  });
  await waitFor(async () => (await fetch(`${dispatcher.url}/readyz`)).ok, {
    what: 'the dispatcher is ready',
    deadlineMs: 30_000,
  });
  return dispatcher;
}

/** By whom each job was begun, in order. */
const attempts = () =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [pid: string, id: string]);

async function post({ url }: TestProcess, source: string) {
  const jobs = [1, 2, 3].map((n) => ({ workspace: 'acme', type: 'work', payload: { n } }));
  const answer = await fetch(`${url}/v1/dispatch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source, windowSeconds: 3_600, jobs }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
  return { status: answer.status, body: (await answer.json()) as any };
}

test('a dispatcher is killed in the middle of an inline run: another one recovers it, each result is recorded once', async () => {
  const first = await start();
  const lost = post(first, 'killed').catch(() => 'no answer');
  await waitFor(() => attempts().length === 3, { what: 'the jobs run', deadlineMs: 10_000 });
  await first.kill('SIGKILL');
  expect(await lost).toBe('no answer');
  const [run] = (await ledger.functionRuns.page({ name: 'killed', limit: 1 })).runs;
  expect(run).toMatchObject({ status: 'RUNNING', attempt: 1 });
  const ids = attempts().map(([, id]) => id);
  expect(await ledger.jobs.takeForRelay({ limit: 10 })).toEqual([]);

  await servers.postgres.query(
    `UPDATE "FunctionRun" SET "startedAt" = "startedAt" - interval '16 minutes' WHERE "name" = 'killed'`,
  );
  await writeFile(gate, '');
  const second = await start();
  try {
    const ended = () => ledger.functionRuns.get(run?.runKey ?? '');
    await waitFor(async () => (await ended())?.status === 'SUCCEEDED', {
      what: 'the run is recovered',
      deadlineMs: 20_000,
    });
    expect(await ended()).toMatchObject({ attempt: 2 });
    expect(attempts().map(([pid]) => Number(pid))).toEqual([
      ...Array(3).fill(first.pid),
      ...Array(3).fill(second.pid),
    ]);
    for (const id of ids) {
      expect(await ledger.jobs.get('acme', id)).toMatchObject({ state: 'succeeded', result: 'done' });
    }
    expect((await post(second, 'killed')).body).toMatchObject({
      mode: 'dispatch-duplicate-suppressed',
      run: { status: 'SUCCEEDED', attempt: 2 },
    });
  } finally {
    await second.stop();
  }
});

test('SIGTERM in the middle of an inline run: it is interrupted and answered, and what is left goes to the queue', async () => {
  // Half of it for what runs, and the rest for the answer.
  const dispatcher = await start({ FAIRLEAD_DRAIN_TIMEOUT_MS: '12000' });
  const answer = post(dispatcher, 'drained');
  await waitFor(() => attempts().length === 3, { what: 'the jobs run', deadlineMs: 10_000 });
  expect(await dispatcher.stop(30_000)).toMatchObject({ code: 0 });
  const { status, body } = await answer;
  expect([status, body.mode, body.run.status]).toEqual([200, 'inline-forced', 'FAILED']);
  expect(body.jobs).toMatchObject(Array(3).fill({ outcome: 'left', attempts: 0 }));
  const relayed = (await ledger.jobs.takeForRelay({ limit: 10 })).map(({ id }) => id);
  // Its own relay may have been there before it ended.
  const queued = async (id: string) => (await ledger.jobs.get('acme', id))?.state === 'queued';
  for (const id of body.jobIds) expect([id, relayed.includes(id) || (await queued(id))]).toEqual([id, true]);
});

test.each([
  [
    { FAIRLEAD_HANDLERS: '' },
    2,
    /FAIRLEAD_DISPATCH_MODE is inline, and this dispatcher has no handlers: set FAIRLEAD_HANDLERS/,
  ],
  [
    { FAIRLEAD_HANDLERS: '', FAIRLEAD_DISPATCH_MODE: '', FAIRLEAD_DISPATCH_FALLBACK: 'on' },
    2,
    /FAIRLEAD_DISPATCH_FALLBACK is on, and this dispatcher has no handlers/,
  ],
  [{ FAIRLEAD_HANDLERS: '/nowhere.ts' }, 1, /FAIRLEAD_HANDLERS: there is no file \/nowhere.ts/],
  [{ FAIRLEAD_HTTP_ALLOW: '10.0.0.0/99' }, 2, /FAIRLEAD_HTTP_ALLOW: /],
])('with %j it does not start, and says why', async (wrong, code, reason) => {
  const failed = promisify(execFile)(process.execPath, ['--conditions=development', fileURLToPath(MAIN)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env, ...wrong },
  });
  await expect(failed).rejects.toMatchObject({ code, stderr: expect.stringMatching(reason) });
});
