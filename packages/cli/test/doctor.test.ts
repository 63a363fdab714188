/** What the doctor finds, with real servers that are well or ill. */
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Finding } from '../src/doctor/check.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { fairlead, inProcess } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

let cluster: Cluster;
let env: Record<string, string>;
beforeAll(async () => {
  cluster = await startCluster();
  env = { ...cluster.env, REDIS_URL: cluster.redis.url, DATABASE_URL: cluster.postgres.url };
});
afterAll(() => cluster?.stop());

/** The exit code, and what was found by the name of the check. */
async function examine(changes: Readonly<Record<string, string>> = {}) {
  const { code, stdout } = await fairlead(['doctor', '--json'], { env: { ...env, ...changes } });
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(code === 0);
  for (const { status, fix } of findings) expect(fix === undefined).toBe(status === 'ok');
  return { code, findings, found: Object.fromEntries(findings.map(({ check, status }) => [check, status])) };
}

const WELL = {
  node: 'ok',
  dispatcher: 'ok',
  'api key': 'ok',
  controller: 'skipped',
  'redis version': 'ok',
  'redis eviction': 'ok',
  'redis memory': 'ok',
  'redis persistence': 'ok',
  postgres: 'ok',
  'postgres migrations': 'ok',
  clock: 'ok',
};

test('a cluster that is well: everything is looked at, and it ends with 0', async () => {
  expect(await examine()).toMatchObject({ code: 0, found: WELL });
});

test('a Redis that throws jobs away and forgets them at a restart', async () => {
  for (const [name, value] of [
    ['maxmemory-policy', 'allkeys-lru'],
    ['appendonly', 'no'],
    ['maxmemory', '0'],
  ] as const) {
    expect(await cluster.redis.command('CONFIG', 'SET', name, value)).toContain('OK');
  }
  try {
    const ill = { 'redis eviction': 'failed', 'redis memory': 'warning', 'redis persistence': 'warning' };
    const { code, findings, found } = await examine();
    expect({ code, found }).toEqual({ code: 1, found: { ...WELL, ...ill } });
    expect(findings.find(({ check }) => check === 'redis eviction')?.fix).toContain(
      'maxmemory-policy noeviction',
    );
    // Without Postgres to remember the jobs, that is no longer a matter of taste.
    expect((await examine({ FAIRLEAD_LEDGER: 'off' })).found).toMatchObject({
      'redis persistence': 'failed',
    });
  } finally {
    for (const [name, value] of [
      ['maxmemory-policy', 'noeviction'],
      ['appendonly', 'yes'],
      ['maxmemory', '256mb'],
    ] as const) {
      await cluster.redis.command('CONFIG', 'SET', name, value);
    }
  }
});

test('a database without migrations, until they are applied', async () => {
  const DATABASE_URL = await cluster.postgres.database();
  const { code, findings, found } = await examine({ DATABASE_URL });
  expect({ code, found }).toMatchObject({
    code: 1,
    found: { postgres: 'ok', 'postgres migrations': 'failed' },
  });
  expect(findings.find(({ check }) => check === 'postgres migrations')?.fix).toContain('fairlead migrate');

  const migrate = (...args: string[]) => fairlead(['migrate', ...args], { env: { DATABASE_URL } });
  expect(await migrate()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+_\w+ is applied\n(?:.*\n)*The database is up to date\.\n$/),
    stderr: '',
  });
  expect((await examine({ DATABASE_URL })).found).toMatchObject({ 'postgres migrations': 'ok' });
  expect(JSON.parse((await migrate('--json')).stdout)).toEqual({ applied: [] });
});

test('migrations cannot be applied to a database that is not named, is none, or does not answer', async () => {
  const migrate = (url: string) => inProcess(['migrate'], { env: { DATABASE_URL: url } });
  for (const [url, code] of [
    ['', 2],
    ['mysql://u:canary@127.0.0.1/x', 2],
    ['postgresql://u:canary@127.0.0.1:9/x', 5],
  ] as const) {
    const { stdout, stderr, ...ended } = await migrate(url);
    expect({ url, stdout, code: ended.code }).toEqual({ url, stdout: '', code });
    expect(stderr).toMatch(/^error: .*\nfix: /);
    expect(stderr).not.toContain('canary');
  }
});

test('nobody at any address: what does not answer failed, what follows from it was skipped', async () => {
  const nowhere = 'http://127.0.0.1:9';
  const { code, found, findings } = await examine({
    FAIRLEAD_URL: nowhere,
    REDIS_URL: 'redis://:canary@127.0.0.1:9',
    DATABASE_URL: 'postgresql://u:canary@127.0.0.1:9/x',
  });
  expect({ code, found }).toEqual({
    code: 1,
    found: {
      node: 'ok',
      dispatcher: 'failed',
      'api key': 'skipped',
      controller: 'skipped',
      redis: 'failed',
      postgres: 'failed',
      clock: 'skipped',
    },
  });
  const text = JSON.stringify(findings);
  expect(text).toContain('ECONNREFUSED');
  expect(text).not.toContain('canary');
});

test('what is not set is not looked at, and that is no failure', async () => {
  const found = { ...WELL, redis: 'skipped', postgres: 'skipped' };
  expect(await examine({ REDIS_URL: '', DATABASE_URL: '' })).toMatchObject({
    code: 0,
    found: Object.fromEntries(Object.entries(found).filter(([name]) => !/^(redis|postgres) /.test(name))),
  });
});

test('a key that is none, one that is no admin’s, and none at all', async () => {
  const { key } = await cluster.api.createKey({ body: { label: 'reader', scopes: ['read'] } });
  expect((await examine({ FAIRLEAD_API_KEY: key })).found).toMatchObject({ 'api key': 'ok' });
  expect(await examine({ FAIRLEAD_API_KEY: `${key.slice(0, -1)}_` })).toMatchObject({
    code: 1,
    found: { dispatcher: 'ok', 'api key': 'failed' },
  });
  expect((await examine({ FAIRLEAD_API_KEY: '' })).found).toMatchObject({
    dispatcher: 'ok',
    'api key': 'failed',
  });
});

test('a dispatcher that cannot work says what it lacks', async () => {
  const thaw = await cluster.postgres.freeze();
  try {
    const { code, found, findings } = await examine();
    expect({ code, found }).toMatchObject({ code: 1, found: { dispatcher: 'failed', postgres: 'failed' } });
    expect(findings.find(({ check }) => check === 'dispatcher')?.detail).toMatch(/^not ready: /);
  } finally {
    thaw();
    await waitFor(() => cluster.api.getReadiness(), { what: 'the dispatcher is ready again' });
  }
});

test('in words: a line a check, and the fixes on standard error', async () => {
  const { code, stdout, stderr } = await fairlead(['doctor'], { env: { ...env, DATABASE_URL: '' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^redis eviction\tok\tnoeviction$/m);
  expect(stderr).toBe(
    'fix controller: Set FAIRLEAD_CONTROLLER_URL to the address of a controller.\n' +
      'fix postgres: Set DATABASE_URL as the services have it.\n',
  );
});
