import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { readSignals } from '../src/control/control-signals.ts';
import { createEffects } from '../src/effects/effects.ts';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { createWindows } from '../src/windows.ts';
import { createWorkspaces } from '../src/workspaces.ts';
import { someJob } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

const HORIZON_MS = 900_000;
const rig = useDatabase();
let jobs: Jobs;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`
    TRUNCATE "Workspace", "WorkspaceSettings", "Effect", "DuplicateTotal", "Job", "DispatchWindow", "FunctionRun"`);
  jobs = createJobs(rig.database);
});

const read = (since?: string) => readSignals(rig.database, HORIZON_MS, since);
const run = (sql: string) => rig.database.query(Prisma.raw(sql));

test('all of it is one statement', async () => {
  rig.database.statements();
  expect(await read()).toMatchObject({
    whole: true,
    limits: [],
    duplicatesTotal: 0,
    duplicatesByWorkspace: new Map(),
    duplicateDispatchesByWorkspace: new Map(),
    writeLagMs: 0,
  });
  expect(rig.database.statements()).toBe(1);
});

test('limits are read whole once, and then those that have changed', async () => {
  const workspaces = createWorkspaces(rig.database);
  await workspaces.ensure(['acme', 'globex', 'initech']);
  await workspaces.update('globex', {
    maxBacklog: 5,
    highQuotaEnabled: true,
    fairness: 'runtime',
    paused: true,
  });
  const first = await read();
  expect(new Map(first.limits.map((limits) => [limits.workspace, limits]))).toEqual(
    new Map(
      ['acme', 'globex', 'initech'].map((workspace) => [
        workspace,
        workspace === 'globex'
          ? { workspace, maxBacklog: 5, highQuotaEnabled: true, fairness: 'runtime', paused: true }
          : { workspace, maxBacklog: 100_000, highQuotaEnabled: false, fairness: 'starts', paused: false },
      ]),
    ),
  );
  await run(`UPDATE "WorkspaceSettings" SET "updatedAt" = now() - interval '1 hour'`);
  const quiet = await read(first.mark);
  expect(quiet).toMatchObject({ whole: false, limits: [] });
  await workspaces.update('acme', { maxBacklog: 7 });
  expect((await read(quiet.mark)).limits).toEqual([
    { workspace: 'acme', maxBacklog: 7, highQuotaEnabled: false, fairness: 'starts', paused: false },
  ]);
});

test('a change that is committed late is not missed', async () => {
  await createWorkspaces(rig.database).ensure(['acme']);
  await run(`UPDATE "WorkspaceSettings" SET "updatedAt" = now() - interval '1 hour'`);
  let mark: string | undefined;
  await rig.database.transaction(async (slow) => {
    await slow.query(
      Prisma.sql`UPDATE "WorkspaceSettings" SET "maxBacklog" = 9, "updatedAt" = clock_timestamp()`,
    );
    mark = (await read()).mark;
  }, 30_000);
  expect((await read(mark)).limits).toMatchObject([{ maxBacklog: 9 }]);
});

test('duplicate sends are running totals, which the pruning of effects does not lower', async () => {
  const effects = createEffects(rig.database);
  await run(`INSERT INTO "Effect" ("workspace", "effectKey", "jobId", "attempt", "outcome", "executions", "firstAt")
    SELECT w, 'mail-' || n, 'j', 1, 'succeeded', CASE WHEN w = 'quiet' THEN 1 ELSE n END, now() - interval '1 day'
    FROM unnest(ARRAY['acme', 'globex', 'quiet']) AS w, generate_series(1, 3) AS n`);
  const before = await read();
  expect(before.duplicatesTotal).toBe(6);
  expect(before.duplicatesByWorkspace).toEqual(
    new Map([
      ['acme', 3],
      ['globex', 3],
    ]),
  );
  expect(await effects.prune(3_600_000, 5)).toBe(5);
  expect(await effects.prune(3_600_000, 100)).toBe(4);
  await run(`INSERT INTO "Effect" ("workspace", "effectKey", "jobId", "attempt", "outcome", "executions")
    VALUES ('acme', 'mail-9', 'j', 1, 'succeeded', 2)`);
  const after = await read();
  expect(after.duplicatesTotal).toBe(7);
  expect(after.duplicatesByWorkspace).toEqual(
    new Map([
      ['acme', 4],
      ['globex', 3],
    ]),
  );
});

test('the same job of two overlapping windows of a source is a duplicate dispatch of its workspace', async () => {
  const windows = createWindows(rig.database);
  let posts = 0;
  const dispatch = async (
    seconds: number,
    start: string,
    workspaces: readonly string[],
    hash = 'h',
    source = 'cron',
  ) => {
    const dispatchKey = `${source}:v1:${seconds}:${start}`;
    const windowStart = new Date(start);
    await windows.open({ dispatchKey, source, windowStart, windowSeconds: seconds, correlationId: 'c' });
    const all = workspaces.map((workspace) =>
      someJob({ workspace, idempotencyKey: `${dispatchKey}:${posts++}`, requestHash: hash }),
    );
    await jobs.accept(all);
    expect(
      await windows.enqueued(
        { dispatchKey, attempt: 1 },
        all.map(({ id }) => id),
      ),
    ).toBe(true);
  };
  await dispatch(300, '2026-01-01T00:00:00Z', ['acme', 'acme', 'globex']);
  await dispatch(300, '2026-01-01T00:05:00Z', ['acme']);
  await dispatch(60, '2026-01-01T00:10:00Z', ['acme']);
  await dispatch(60, '2026-01-01T00:01:00Z', ['acme'], 'another job');
  await dispatch(60, '2026-01-01T00:02:00Z', ['acme'], 'h', 'another source');
  expect((await read()).duplicateDispatchesByWorkspace).toEqual(new Map());
  await dispatch(60, '2026-01-01T00:03:00Z', ['acme', 'initech']);
  await dispatch(3_600, '2026-01-01T00:00:00Z', ['globex']);
  expect((await read()).duplicateDispatchesByWorkspace).toEqual(
    new Map([
      ['acme', 1],
      ['globex', 1],
    ]),
  );
});

test('the write lag is the age of the oldest job that should be in its queue and is not', async () => {
  const minutes = (n: number) => n * 60_000;
  const [fresh, old, later, due, inline, queued] = [1, 1, 1, 1, 1, 1].map((_, n) =>
    someJob({ workspace: `w-${n % 3}`, ...(n === 2 ? { runAtMs: Date.now() + minutes(600) } : {}) }),
  ) as [ReturnType<typeof someJob>, ...ReturnType<typeof someJob>[]];
  await jobs.accept([fresh, old, later, due, inline, queued].filter((job) => job !== undefined));
  expect((await read()).writeLagMs).toBeLessThan(minutes(1));
  const change = (job: typeof old, sql: string) => run(`UPDATE "Job" SET ${sql} WHERE "id" = '${job?.id}'`);
  await change(queued, `"state" = 'queued', "relayAt" = NULL, "createdAt" = now() - interval '5 h'`);
  await change(inline, `"relayAt" = NULL, "createdAt" = now() - interval '5 h'`);
  await change(later, `"createdAt" = now() - interval '5 h'`);
  expect((await read()).writeLagMs).toBeLessThan(minutes(1));
  // Taken by the relay just now: its turn comes later, its age stays.
  await change(old, `"createdAt" = now() - interval '10 min', "relayAt" = now() + interval '30 s'`);
  expect((await read()).writeLagMs).toBeGreaterThanOrEqual(minutes(10));
  // Due in 5 minutes, so it should have been there for 10.
  await change(old, `"state" = 'queued', "relayAt" = NULL`);
  await change(due, `"createdAt" = now() - interval '5 h', "runAt" = now() + interval '5 min'`);
  const { writeLagMs } = await read();
  expect(writeLagMs).toBeGreaterThanOrEqual(minutes(10));
  expect(writeLagMs).toBeLessThan(minutes(11));
});

test('of very many workspaces with jobs that wait, each call looks at a thousand, and in the end at all', async () => {
  await run(`INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "relayAt", "createdAt")
    SELECT gen_random_uuid(), 'w-' || lpad(n::text, 4, '0'), 't', '{}', 1, now(),
      now() - CASE WHEN n = 1500 THEN interval '1 h' ELSE interval '0' END FROM generate_series(1, 1600) AS n`);
  let mark: string | undefined;
  await waitFor(
    async () => {
      const signals = await read(mark);
      mark = signals.mark;
      return signals.writeLagMs >= 3_600_000;
    },
    { what: 'the oldest is found', everyMs: 1 },
  );
});
