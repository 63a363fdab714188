import { beforeEach, expect, test } from '@jest/globals';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { createSchedules, type Schedules } from '../src/schedules/schedules.ts';
import { createWorkspaces, type Workspaces } from '../src/workspaces.ts';
import { death, newId, someJob, success } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let jobs: Jobs;
let schedules: Schedules;
let workspaces: Workspaces;
let fence: Fence;

beforeEach(async () => {
  await rig.database.query(
    Prisma.sql`TRUNCATE "Workspace", "Schedule", "Job", "Lease", "AuditEntry" CASCADE`,
  );
  jobs = createJobs(rig.database);
  schedules = createSchedules(rig.database, jobs.accept);
  workspaces = createWorkspaces(rig.database);
  const lease = await createLeases(rig.database).acquire('schedules', 'me', 600_000);
  if (lease.outcome !== 'held') throw new Error('not held');
  fence = lease.fence;
  await workspaces.ensure(['acme', 'beta']);
  rig.database.statements();
});

const drain = (slug: string, draining = true) =>
  workspaces.update(slug, { draining }, undefined, { actor: 'key:test', action: 'workspace.drain' });

test('those that are draining are known at once, and who began it is in the audit', async () => {
  expect(await workspaces.draining()).toEqual([]);
  expect(await drain('acme')).toMatchObject({ record: { settings: { draining: true, version: 2 } } });
  expect(await workspaces.draining()).toEqual(['acme']);
  const [entry] = await rig.database.query<{ action: string; after: object }>(
    Prisma.sql`SELECT "action", "after" FROM "AuditEntry"`,
  );
  expect(entry).toMatchObject({ action: 'workspace.drain', after: { draining: true } });
  await drain('acme', false);
  expect(await workspaces.draining()).toEqual([]);
});

test('a workspace has unfinished jobs until the last of them has ended, whether Redis knows them or not', async () => {
  const [first, later] = [someJob(), someJob({ runAtMs: Date.now() + 86_400_000 })];
  await jobs.accept([first, later]);
  await jobs.markQueued([first.id]);
  const unfinished = async () => [...(await jobs.unfinishedIn(['beta', 'acme', 'nobody']))];
  expect(await unfinished()).toEqual(['acme']);
  await jobs.finish([success(first.id)]);
  expect(await unfinished()).toEqual(['acme']);
  await jobs.cancel('acme', later.id);
  expect(await unfinished()).toEqual([]);
  const dead = someJob();
  await jobs.accept([dead]);
  await jobs.finish([death(dead.id)]);
  expect(await unfinished()).toEqual([]);
  expect(await jobs.unfinishedIn([])).toEqual(new Set());
});

test('what comes due while a workspace drains is not fired, and follows its policy afterwards', async () => {
  const overdue = () =>
    rig.database.query(
      Prisma.sql`UPDATE "Schedule" SET "nextDueAt" = clock_timestamp() - interval '150 minutes'`,
    );
  const job = { type: 'report.make', payload: {}, maxAttempts: 1, options: {} };
  const recurrence = { everyMs: 3_600_000 };
  await schedules.put('acme', 'all', { recurrence, job, missed: 'all' });
  await schedules.put('acme', 'skip', { recurrence, job, missed: 'skip' });
  await schedules.put('beta', 'latest', { recurrence, job });
  await overdue();
  await drain('acme');
  const fired = async () =>
    (await schedules.fireDue({ limit: 10, fence })).map(({ workspace, name }) => `${workspace}/${name}`);
  expect(await fired()).toEqual(['beta/latest']);
  await drain('acme', false);
  expect(await fired()).toEqual(['acme/all', 'acme/all', 'acme/all']);
});

test('who asks again with a key is told of the first job, and nothing is accepted', async () => {
  const job = someJob({ idempotencyKey: 'order-1', requestHash: 'abc' });
  await jobs.accept([job]);
  rig.database.statements();
  const keyed = (change: object = {}) => ({
    workspace: 'acme',
    idempotencyKey: 'order-1',
    requestHash: 'abc',
    ...change,
  });
  expect(
    await jobs.acceptedBefore([
      keyed({ idempotencyKey: `new-${newId()}` }),
      keyed(),
      keyed({ requestHash: 'other' }),
      keyed({ workspace: 'beta' }),
    ]),
  ).toEqual([
    undefined,
    { outcome: 'duplicate', id: job.id, state: 'accepted' },
    { outcome: 'key_reused', id: job.id },
    undefined,
  ]);
  expect(rig.database.statements()).toBe(1);
  expect(await jobs.acceptedBefore([])).toEqual([]);
});
