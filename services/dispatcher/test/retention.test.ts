/** Retention with a real ledger: what is finished goes, what is not stays. */
import { applyMigrations, createLedger, type JobToAccept, type Ledger, newJobId } from '@fairlead/ledger';
import { privatePostgres, type TestPostgres, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRetention } from '../src/ledger/retention.ts';

let postgres: TestPostgres;
let ledger: Ledger;
const logger = { info() {}, warn() {} };

beforeAll(async () => {
  postgres = await privatePostgres();
  await applyMigrations(postgres.url);
  ledger = createLedger({ databaseUrl: postgres.url });
});

afterAll(async () => {
  await ledger.close();
  await postgres.stop();
});

function retention(retentionMs: number, holder = 'me') {
  return createRetention({
    leases: ledger.leases,
    records: ledger,
    holder,
    logger,
    retentionMs,
    everyMs: 20,
    batch: 7,
  });
}

async function jobs(workspace: string, count: number): Promise<string[]> {
  const items: JobToAccept[] = Array.from({ length: count }, () => ({
    id: newJobId(),
    workspace,
    type: 'echo',
    payloadJson: '{}',
    maxAttempts: 1,
  }));
  await ledger.jobs.accept(items);
  return items.map(({ id }) => id);
}

const left = async (workspace: string) => (await ledger.jobs.list(workspace, { limit: 100 })).jobs;

test('finished jobs past the retention are deleted in batches; unfinished ones stay, however old', async () => {
  const ids = await jobs('acme', 25);
  for (const id of ids.slice(0, 20)) await ledger.jobs.cancel('acme', id);
  const loop = retention(1);
  loop.start();
  await waitFor(async () => (await left('acme')).length === 5, {
    what: 'finished jobs are gone',
    deadlineMs: 10_000,
  });
  await loop.stop();
  expect((await left('acme')).map(({ id }) => id).sort()).toEqual(ids.slice(20).sort());
});

test('windows and function runs go too; a running one stays', async () => {
  async function runOf(dispatchKey: string) {
    const { window } = await ledger.windows.open({
      dispatchKey,
      source: 'cron',
      windowStart: new Date(0),
      windowSeconds: 60,
      correlationId: 'c',
    });
    const ids = await jobs('acme', 1);
    await ledger.windows.takeInline(window, ids, ids);
  }
  await runOf('old');
  await ledger.functionRuns.finish({ runKey: 'old', attempt: 1 }, {});
  await runOf('running');
  const loop = retention(1);
  loop.start();
  await waitFor(async () => !(await ledger.windows.get('old')) && !(await ledger.functionRuns.get('old')), {
    what: 'window and run are gone',
    deadlineMs: 10_000,
  });
  await loop.stop();
  expect(await ledger.functionRuns.get('running')).toMatchObject({ status: 'RUNNING' });
});

test('what is within the retention stays, and only the holder of the lease deletes', async () => {
  const [id] = await jobs('beta', 1);
  await ledger.jobs.cancel('beta', id as string);
  const young = retention(3_600_000);
  young.start();
  const held = async () => (await ledger.leases.get('retention'))?.holder === 'me';
  await waitFor(held, { what: 'the first holds the lease', deadlineMs: 10_000 });
  const other = retention(1, 'other');
  other.start();
  await other.stop(); // after its first round
  expect(await left('beta')).toHaveLength(1);
  await young.stop();
});
