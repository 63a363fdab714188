import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyMigrations, createLedger, type Ledger } from '@fairlead/ledger';
import {
  privatePostgres,
  privateRedis,
  startProcess,
  type TestPostgres,
  type TestRedis,
  waitFor,
} from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const MAIN = new URL('../src/main.ts', import.meta.url);
/** Longer than one waits for anything here. */
const LEASE_MS = 120_000;
const PATIENCE_MS = 60_000;
let redis: TestRedis;
let postgres: TestPostgres;
let ledger: Ledger;
let env: Record<string, string>;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
  ledger = createLedger({ databaseUrl: postgres.url });
  env = {
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    HOST: '',
    PORT: '',
    LOG_LEVEL: '',
    FAIRLEAD_TICK_MS: '1000',
    FAIRLEAD_LEASE_MS: String(LEASE_MS),
  };
}, 60_000);
afterAll(async () => {
  await ledger.close();
  await Promise.all([redis.stop(), postgres.stop()]);
});

test('one leads, the other is ready too and takes over when the first ends in order', async () => {
  const first = await startProcess(MAIN, { env, deadlineMs: PATIENCE_MS });
  const holder = async () => (await ledger.leases.get('controller'))?.holder ?? '';
  const decides = async () => (await ledger.decisions.page({ kind: 'autoscale', limit: 1 })).length === 1;
  await waitFor(decides, { what: 'it decides', deadlineMs: PATIENCE_MS });
  const mine = await holder();
  expect(mine).toMatch(/-\d+-[0-9a-f]{8}$/);
  const second = await startProcess(MAIN, { env, deadlineMs: PATIENCE_MS });
  try {
    await waitFor(async () => (await fetch(`${second.url}/readyz`)).ok, {
      what: 'the standby is ready',
      deadlineMs: PATIENCE_MS,
    });
    // What is in the database is counted a little later.
    const metrics = await waitFor(
      async () => {
        const text = await (await fetch(`${first.url}/metrics`)).text();
        return text.includes('fairlead_decisions_total{kind="autoscale"') ? text : undefined;
      },
      { what: 'the decision is counted' },
    );
    expect(metrics).toMatch(/^fairlead_controller_leader 1$/m);
    expect(metrics).toMatch(/^fairlead_capacity 1024$/m);
    expect(metrics).toMatch(
      /^fairlead_decisions_total\{kind="autoscale",reason="hold_signal_missing",action="hold"\} 1$/m,
    );
    expect(await (await fetch(`${second.url}/metrics`)).text()).toMatch(/^fairlead_controller_leader 0$/m);
    expect(await first.stop(PATIENCE_MS)).toMatchObject({ code: 0 });
    // Well within its lease: it was given up.
    await waitFor(async () => ![mine, ''].includes(await holder()), {
      what: 'the other one leads',
      deadlineMs: PATIENCE_MS,
    });
  } finally {
    expect(await second.stop(PATIENCE_MS)).toMatchObject({ code: 0 });
  }
}, 300_000);

test.each([
  [{ DATABASE_URL: '' }, /DATABASE_URL is not set/],
  [{ FAIRLEAD_ACTUATOR: 'docker' }, /FAIRLEAD_ACTUATOR must be capacity, process or keda/],
  [{ FAIRLEAD_POLICY: '/nowhere/policy.json' }, /FAIRLEAD_POLICY names a file that cannot be read/],
])('with %j it does not start, and says why', async (wrong, reason) => {
  const failed = promisify(execFile)(process.execPath, ['--conditions=development', fileURLToPath(MAIN)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env, ...wrong },
  });
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(reason) });
});
