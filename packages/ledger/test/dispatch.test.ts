import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { createAudit } from '../src/audit.ts';
import { createFunctionRuns, type FunctionRuns } from '../src/function-runs.ts';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { windowJobKey } from '../src/jobs/verdicts.ts';
import { createWindows, type Windows } from '../src/windows.ts';
import { newId, someJob, success } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let jobs: Jobs;
let windows: Windows;
let runs: FunctionRuns;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "DispatchWindow", "FunctionRun", "Job", "AuditEntry"`);
  jobs = createJobs(rig.database, { relayGraceMs: 0 });
  windows = createWindows(rig.database);
  runs = createFunctionRuns(rig.database);
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

test('windows are listed, the newest first, by source, status and when they were posted', async () => {
  for (const minute of [0, 1, 2]) {
    const dispatchKey = `billing:${minute}`;
    await windows.open({ ...window(), dispatchKey });
    if (minute > 0) await windows.enqueued({ dispatchKey, attempt: 1 }, []);
    await rig.database.query(
      Prisma.sql`UPDATE "DispatchWindow" SET "createdAt" = ${new Date(60_000 * minute)} WHERE "dispatchKey" = ${dispatchKey}`,
    );
  }
  const keys = async (selection: Partial<Parameters<Windows['page']>[0]>) =>
    (await windows.page({ limit: 10, ...selection })).windows.map(({ dispatchKey }) => dispatchKey);
  expect(await keys({})).toEqual(['billing:2', 'billing:1', 'billing:0']);
  expect(await keys({ status: 'DISPATCHING' })).toEqual(['billing:0']);
  expect(await keys({ source: 'another' })).toEqual([]);
  expect(await keys({ since: new Date(60_000), until: new Date(120_000) })).toEqual(['billing:1']);
  const first = await windows.page({ limit: 2 });
  expect(await keys({ cursor: first.cursor })).toEqual(['billing:0']);
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

/** Accepts jobs of the window, and opens it. */
async function openWith(count: number) {
  const mine = Array.from({ length: count }, (_, place) =>
    someJob({ idempotencyKey: windowJobKey(HELD.dispatchKey, place) }),
  );
  await windows.open(window());
  await jobs.accept(mine);
  return mine.map((job) => job.id);
}
const take = (ids: readonly string[]) => windows.takeInline(HELD, ids, ids);
const stateOf = async (id: string) => (await jobs.get('acme', id))?.state;

test('jobs that are taken inline run nowhere else, and their inline outcome is recorded', async () => {
  const ids = await openWith(3);
  const taken = await take(ids);
  expect(taken?.jobs.map(({ id }) => id)).toEqual(ids);
  expect(taken?.run).toMatchObject({
    runKey: HELD.dispatchKey,
    name: 'billing',
    status: 'RUNNING',
    attempt: 1,
    correlationId: 'c-1',
  });
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([]);
  await jobs.relayNow(ids);
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([]);
  expect(await jobs.markQueued(ids)).toEqual(new Set());
  expect(new Set((await jobs.verdicts(ids)).values())).toEqual(new Set(['cancelled']));
  expect(await jobs.finish(ids.map((id) => success(id)))).toEqual(new Set(ids));
  expect(await windows.open(window())).toMatchObject({
    outcome: 'duplicate',
    window: { status: 'INLINE_EMERGENCY', jobIds: ids },
  });
});

test('what the relay has on its way to Redis is taken all the same; what is queued or done is not', async () => {
  const [relayed, queued, done, cancelled] = (await openWith(4)) as [string, string, string, string];
  expect(await jobs.takeForRelay({ limit: 10 })).toHaveLength(4);
  await jobs.markQueued([queued]);
  await jobs.finish([success(done)]);
  await jobs.cancel('acme', cancelled);
  const taken = await take([relayed, queued, done, cancelled]);
  expect(taken?.jobs.map(({ id }) => id)).toEqual([relayed]);
  expect(await jobs.markQueued([relayed])).toEqual(new Set());
});

test('nothing to take, or a window that is another’s: nothing is changed', async () => {
  const ids = await openWith(2);
  expect(await windows.takeInline({ ...HELD, attempt: 2 }, ids, ids)).toBeUndefined();
  expect((await jobs.takeForRelay({ limit: 10 })).map(({ id }) => id)).toEqual(ids);
  await jobs.markQueued(ids);
  expect(await take(ids)).toBeUndefined();
  expect(await windows.get(HELD.dispatchKey)).toMatchObject({ status: 'DISPATCHING' });
  expect((await runs.page({ limit: 10 })).runs).toEqual([]);
});

test('of a consumer that claims and a dispatcher that takes inline at once, one has each job', async () => {
  for (let round = 0; round < 20; round++) {
    await rig.database.query(Prisma.sql`TRUNCATE "DispatchWindow", "FunctionRun", "Job"`);
    const ids = await openWith(20);
    const [taken, verdicts] = await Promise.all([take(ids), jobs.verdicts(ids.toReversed())]);
    const inline = new Set(taken?.jobs.map(({ id }) => id));
    for (const id of ids) expect(verdicts.get(id)).toBe(inline.has(id) ? 'cancelled' : 'run');
  }
});

test('a consumer that claims a window’s job has it from then on; one read is enough for all others', async () => {
  const [id] = (await openWith(1)) as [string];
  const other = someJob();
  await jobs.accept([other]);
  rig.database.statements();
  expect([...(await jobs.verdicts([other.id])).values()]).toEqual(['run']);
  expect(rig.database.statements()).toBe(1);
  expect(await stateOf(other.id)).toBe('accepted');
  rig.database.statements();
  expect([...(await jobs.verdicts([id])).values()]).toEqual(['run']);
  expect(rig.database.statements()).toBe(2);
  expect(await stateOf(id)).toBe('queued');
  expect(await take([id])).toBeUndefined();
});

test.each([14, 3_601])('a window of %p seconds is refused', async (windowSeconds) => {
  await expect(windows.open({ ...window(), windowSeconds })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

const STALE = Prisma.sql`UPDATE "FunctionRun" SET "startedAt" = "startedAt" - interval '16 minutes'`;
const by = 'dispatcher-1';

test('a run that ends gives back what is left of its jobs, and only once', async () => {
  const ids = (await openWith(3)) as [string, string, string];
  await take(ids);
  await jobs.finish([success(ids[0])]);
  const held = { runKey: HELD.dispatchKey, attempt: 1 };
  expect(await runs.finish(held, { error: 'no time for 2 jobs' })).toMatchObject({
    status: 'FAILED',
    lastError: 'no time for 2 jobs',
    durationMs: expect.any(Number),
  });
  expect((await jobs.takeForRelay({ limit: 10 })).map(({ id }) => id)).toEqual(ids.slice(1));
  expect(await runs.finish(held, {})).toBeUndefined();
});

test('a run that succeeded is over', async () => {
  const ids = await openWith(1);
  await take(ids);
  await jobs.finish(ids.map((id) => success(id)));
  const held = { runKey: HELD.dispatchKey, attempt: 1 };
  expect(await runs.finish(held, {})).toMatchObject({ status: 'SUCCEEDED', lastError: null });
  await rig.database.query(STALE);
  expect(await runs.takeOver({ by, limit: 10 })).toEqual([]);
});

test('a run of more than 15 minutes is failed and taken over by exactly one, who finds what is left', async () => {
  const ids = (await openWith(2)) as [string, string];
  await take(ids);
  await jobs.finish([success(ids[0])]);
  expect(await runs.takeOver({ by, limit: 10 })).toEqual([]);
  await rig.database.query(STALE);
  expect(await runs.takeOver({ by, limit: 10, runKey: 'another' })).toEqual([]);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => runs.takeOver({ by, limit: 10, runKey: HELD.dispatchKey })),
  );
  expect(answers.flat()).toMatchObject([
    { runKey: HELD.dispatchKey, attempt: 2, status: 'RUNNING', lastError: expect.stringContaining('dead') },
  ]);
  expect((await windows.leftInline(HELD.dispatchKey)).map(({ id }) => id)).toEqual([ids[1]]);
  expect(await createAudit(rig.database).page({ limit: 9 })).toMatchObject([
    { actor: by, action: 'function_run.failed', before: { attempt: 1 }, after: { status: 'FAILED' } },
  ]);
  // The process that was only frozen wakes up.
  expect(await runs.finish({ runKey: HELD.dispatchKey, attempt: 1 }, { error: 'x' })).toBeUndefined();
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([]);
  expect(await runs.finish({ runKey: HELD.dispatchKey, attempt: 2 }, {})).toMatchObject({ attempt: 2 });
});

const insertRuns = (count: number, change = Prisma.sql`'RUNNING', NULL`) =>
  rig.database.query(Prisma.sql`
    INSERT INTO "FunctionRun" ("runKey", "name", "startedAt", "status", "finishedAt")
    SELECT 'run-' || n, CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, now() - n / 3 * interval '1 s', ${change}
    FROM generate_series(1, ${count}::int4) AS n`);

test('runs are listed newest first in pages, by name and status if wished', async () => {
  await insertRuns(10);
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await runs.page({ limit: 3, cursor });
    found.push(...page.runs.map(({ runKey }) => runKey));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(found).toHaveLength(10);
  expect(new Set(found).size).toBe(10);
  expect(found.at(-1)).toBe('run-10');
  expect((await runs.page({ limit: 10, name: 'even' })).runs).toHaveLength(5);
  expect((await runs.page({ limit: 10, status: 'FAILED' })).runs).toHaveLength(0);
  expect((await runs.page({ limit: 10, cursor: 'nonsense' })).runs).toHaveLength(10);
});

test('old runs are pruned, and running ones never', async () => {
  await insertRuns(2, Prisma.sql`'FAILED', now()`);
  expect(await runs.prune(60_000, 10)).toBe(0);
  expect(await runs.prune(-60_000, 10)).toBe(2);
  await insertRuns(1);
  expect(await runs.prune(-60_000, 10)).toBe(0);
});

test('old windows are pruned', async () => {
  await windows.open(window());
  await windows.open({ ...window(), dispatchKey: 'b', source: 'mail' });
  await rig.database.query(
    Prisma.sql`UPDATE "DispatchWindow" SET "createdAt" = now() - interval '2 days' WHERE "source" = 'mail'`,
  );
  expect(await windows.prune(86_400_000, 10)).toBe(1);
});
