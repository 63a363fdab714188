import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createFunctionRuns, type FunctionRuns } from '../src/function-runs.ts';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { createWindows, type Windows } from '../src/windows.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { newId, someJob, someJobs, success } from './some-jobs.ts';

let server: LedgerServer;
let database: CountingDatabase;
let jobs: Jobs;
let windows: Windows;
let runs: FunctionRuns;

beforeAll(async () => {
  server = await startLedgerServer();
  database = openCounting(await server.migrated());
});
afterAll(async () => {
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query(Prisma.sql`TRUNCATE "DispatchWindow", "FunctionRun", "Job"`);
  jobs = createJobs(database, { relayGraceMs: 0 });
  windows = createWindows(database);
  runs = createFunctionRuns(database);
});

const window = () => ({
  dispatchKey: 'billing:v1:60:2026-01-01T00:00:00.000Z',
  source: 'billing',
  windowStart: new Date('2026-01-01T00:00:00Z'),
  windowSeconds: 60,
  correlationId: 'c-1',
});
const HELD = { dispatchKey: window().dispatchKey, attempt: 1 };

test('of twenty who post the same window at once one dispatches it', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => windows.open(window())));
  expect(answers.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
  expect(answers[0]?.window).toMatchObject({ ...window(), status: 'DISPATCHING', attempt: 1, jobIds: [] });
});

test('a dispatched window is a duplicate from then on, with its jobs', async () => {
  const jobIds = [newId(), newId()];
  await windows.open(window());
  expect(await windows.enqueued(HELD, jobIds)).toBe(true);
  expect(await windows.open(window())).toMatchObject({
    outcome: 'duplicate',
    window: { status: 'ENQUEUED', jobIds },
  });
});

test('a window that failed may be tried again, and the first dispatcher has lost it', async () => {
  await windows.open(window());
  expect(await windows.failed(HELD, [], 'Redis did not confirm')).toBe(true);
  expect(await windows.get(HELD.dispatchKey)).toMatchObject({
    status: 'ENQUEUE_FAILED',
    error: 'Redis did not confirm',
  });
  expect(await windows.open(window())).toMatchObject({
    outcome: 'opened',
    window: { attempt: 2, error: null },
  });
  expect(await windows.enqueued(HELD, [])).toBe(false);
  expect(await windows.takeBack(HELD, [])).toBeUndefined();
  expect(await windows.enqueued({ ...HELD, attempt: 2 }, [])).toBe(true);
});

test('a window whose dispatcher died is opened again after a while', async () => {
  await windows.open(window());
  expect(await windows.open(window())).toMatchObject({
    outcome: 'duplicate',
    window: { status: 'DISPATCHING' },
  });
  const again = await waitFor(
    async () => {
      const answer = await windows.open({ ...window(), staleMs: 1 });
      return answer.outcome === 'opened' ? answer : undefined;
    },
    { what: 'the window is stale' },
  );
  expect(again.window.attempt).toBe(2);
});

test('jobs that are taken back run nowhere else, and their inline outcome is recorded', async () => {
  const mine = someJobs(3);
  const ids = mine.map((job) => job.id);
  await windows.open(window());
  await jobs.accept(mine);
  database.statements();
  expect(await windows.takeBack(HELD, ids)).toEqual(new Set(ids));
  expect(database.statements()).toBe(1);
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([]);
  expect(await jobs.markQueued(ids)).toEqual(new Set());
  expect(new Set((await jobs.verdicts(ids)).values())).toEqual(new Set(['cancelled']));
  expect(await jobs.finish(ids.map((id) => success(id)))).toEqual(new Set(ids));
  expect(await windows.open(window())).toMatchObject({
    outcome: 'duplicate',
    window: { status: 'INLINE_EMERGENCY', jobIds: ids },
  });
});

test('what the relay has taken, or is done, is not taken back', async () => {
  const [relayed, done, cancelled] = [someJob(), someJob(), someJob()];
  await windows.open(window());
  await jobs.accept([relayed]);
  expect(await jobs.takeForRelay({ limit: 10 })).toHaveLength(1);
  await jobs.accept([done, cancelled]);
  await jobs.finish([success(done.id)]);
  await jobs.cancel('acme', cancelled.id);
  const ids = [relayed, done, cancelled].map((job) => job.id);
  expect(await windows.takeBack(HELD, ids)).toEqual(new Set());
});

test('relay and take-back at the same moment share the jobs out, none twice', async () => {
  for (let round = 0; round < 20; round++) {
    await database.query(Prisma.sql`TRUNCATE "DispatchWindow", "Job"`);
    const mine = someJobs(50);
    await windows.open(window());
    await jobs.accept(mine);
    const [back, relayed] = await Promise.all([
      windows.takeBack(
        HELD,
        mine.map((job) => job.id),
      ),
      jobs.takeForRelay({ limit: 50, perWorkspace: 25 }),
    ]);
    expect(relayed.filter((job) => back?.has(job.id))).toEqual([]);
  }
});

test('jobs that are given back go through the relay after all', async () => {
  const mine = someJobs(2);
  await windows.open(window());
  await jobs.accept(mine);
  const ids = mine.map((job) => job.id);
  await windows.takeBack(HELD, ids);
  await windows.giveBack(ids);
  expect((await jobs.takeForRelay({ limit: 10 })).map((job) => job.id)).toEqual(ids);
});

test('windows are listed newest first, by source if wished, and pruned', async () => {
  await windows.open(window());
  await windows.open({ ...window(), dispatchKey: 'b', source: 'mail' });
  expect((await windows.list({ limit: 10 })).map(({ source }) => source).sort()).toEqual(['billing', 'mail']);
  expect(await windows.list({ source: 'mail', limit: 10 })).toHaveLength(1);
  await database.query(
    Prisma.sql`UPDATE "DispatchWindow" SET "createdAt" = now() - interval '2 days' WHERE "source" = 'mail'`,
  );
  expect(await windows.prune(86_400_000, 10)).toBe(1);
});

test.each([14, 3_601])('a window of %p seconds is refused', async (windowSeconds) => {
  await expect(windows.open({ ...window(), windowSeconds })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

const RUN = { runKey: 'billing:2026-01-01', name: 'billing', dispatchKey: 'd', correlationId: 'c' };
const STALE = Prisma.sql`UPDATE "FunctionRun" SET "startedAt" = "startedAt" - interval '16 minutes'`;

test('of many who start the same run one does', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => runs.start(RUN)));
  expect(answers.filter(({ outcome }) => outcome === 'started')).toHaveLength(1);
  expect(answers.filter(({ outcome }) => outcome === 'running')).toHaveLength(19);
});

test('a run that succeeded is not started again, and one that failed is', async () => {
  await runs.start(RUN);
  expect(await runs.finish({ runKey: RUN.runKey, attempt: 1 }, { succeeded: false, error: 'Boom' })).toBe(
    true,
  );
  expect(await runs.get(RUN.runKey)).toMatchObject({
    status: 'FAILED',
    lastError: 'Boom',
    durationMs: expect.any(Number),
  });
  expect(await runs.start(RUN)).toMatchObject({ outcome: 'started', run: { attempt: 2, finishedAt: null } });
  expect(await runs.finish({ runKey: RUN.runKey, attempt: 1 }, { succeeded: true })).toBe(false);
  expect(await runs.finish({ runKey: RUN.runKey, attempt: 2 }, { succeeded: true })).toBe(true);
  expect(await runs.start(RUN)).toMatchObject({ outcome: 'succeeded', run: { attempt: 2, lastError: null } });
});

test('a run of more than 15 minutes is failed, and recovered by exactly one', async () => {
  await runs.start(RUN);
  expect(await runs.failStale({ limit: 10 })).toEqual([]);
  await database.query(STALE);
  const answers = await Promise.all(Array.from({ length: 10 }, () => runs.start(RUN)));
  expect(answers.filter(({ outcome }) => outcome === 'running')).toHaveLength(9);
  expect(answers.filter(({ outcome }) => outcome === 'recovered' || outcome === 'started')).toHaveLength(1);
  expect(await runs.get(RUN.runKey)).toMatchObject({ attempt: 2, status: 'RUNNING' });
  expect(await runs.finish({ runKey: RUN.runKey, attempt: 1 }, { succeeded: true })).toBe(false);
});

test('stale runs are found without asking for them', async () => {
  for (const runKey of ['a', 'b', 'c']) await runs.start({ ...RUN, runKey });
  await runs.finish({ runKey: 'c', attempt: 1 }, { succeeded: true });
  await database.query(STALE);
  const found = await runs.failStale({ limit: 10 });
  expect(found.map(({ runKey, status }) => [runKey, status]).sort()).toEqual([
    ['a', 'FAILED'],
    ['b', 'FAILED'],
  ]);
  expect(await runs.failStale({ limit: 10 })).toEqual([]);
  expect(await runs.start({ ...RUN, runKey: 'a' })).toMatchObject({
    outcome: 'started',
    run: { attempt: 2 },
  });
  expect((await runs.list('billing', 10)).map(({ runKey }) => runKey)[0]).toBe('a');
});

test('old runs are pruned, and running ones never', async () => {
  for (const runKey of ['a', 'b']) await runs.start({ ...RUN, runKey });
  await runs.finish({ runKey: 'a', attempt: 1 }, { succeeded: true });
  expect(await runs.prune(60_000, 10)).toBe(0);
  expect(await runs.prune(-60_000, 10)).toBe(1);
  expect(await runs.get('b')).toMatchObject({ status: 'RUNNING' });
});
