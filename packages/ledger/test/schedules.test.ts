import { beforeEach, expect, test } from '@jest/globals';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { createSchedules, type Schedules, type ScheduleToPut } from '../src/schedules/schedules.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let jobs: Jobs;
let schedules: Schedules;
let fence: Fence;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "Schedule", "Job", "Lease"`);
  jobs = createJobs(rig.database);
  schedules = createSchedules(rig.database, jobs.accept);
  fence = await hold('me');
});

async function hold(holder: string): Promise<Fence> {
  const answer = await createLeases(rig.database).acquire('schedules', holder, 600_000);
  if (answer.outcome !== 'held') throw new Error('not held');
  return answer.fence;
}

const hourly = (change: Partial<ScheduleToPut> = {}): ScheduleToPut => ({
  recurrence: { everyMs: 3_600_000 },
  job: { type: 'report.make', payload: { kind: 'daily' }, maxAttempts: 2, options: { timeoutMs: 9_000 } },
  ...change,
});

/** Makes a schedule as overdue as if nobody had fired it for that long. */
const overdue = (name: string, minutes: number) =>
  rig.database.query(Prisma.sql`
    UPDATE "Schedule" SET "nextDueAt" = clock_timestamp() - ${minutes} * interval '1 minute' WHERE "name" = ${name}`);

test('a schedule is kept as it was put, with when it is due', async () => {
  const record = await schedules.put('acme', 'nightly', {
    ...hourly(),
    recurrence: { cron: '0 3 * * *', tz: 'Europe/Berlin' },
  });
  expect(record).toMatchObject({
    workspace: 'acme',
    name: 'nightly',
    cron: '0 3 * * *',
    tz: 'Europe/Berlin',
    everyMs: null,
    missed: 'latest',
    paused: false,
    version: 1,
    job: hourly().job,
    nextDueAt: expect.any(Date),
    lastDueAt: null,
  });
  expect(await schedules.get('acme', 'nightly')).toEqual(record);
  expect(await schedules.get('other', 'nightly')).toBeUndefined();
});

test('putting it again keeps the next time unless it is due at other times', async () => {
  const first = await schedules.put('acme', 'report', hourly());
  const second = await schedules.put('acme', 'report', hourly({ missed: 'all' }));
  expect(second).toMatchObject({ version: 2, missed: 'all', nextDueAt: first.nextDueAt });
  const third = await schedules.put('acme', 'report', hourly({ recurrence: { everyMs: 5_000 } }));
  expect(Number(third.nextDueAt)).toBeLessThan(Number(first.nextDueAt));
});

test('listing is by name, and removing removes', async () => {
  for (const name of ['c', 'a', 'b']) await schedules.put('acme', name, hourly());
  await schedules.put('other', 'd', hourly());
  const names = async (after?: string) =>
    (await schedules.list('acme', { after, limit: 2 })).map((schedule) => schedule.name);
  expect([await names(), await names('b')]).toEqual([['a', 'b'], ['c']]);
  expect(await schedules.remove('acme', 'a')).toBe(true);
  expect(await schedules.remove('acme', 'a')).toBe(false);
});

test('what is due becomes a job whose key names the occurrence, and the schedule moves on', async () => {
  await schedules.put('acme', 'report', hourly());
  await schedules.put('acme', 'later', hourly());
  await overdue('report', 1);
  const dueAt = (await schedules.get('acme', 'report'))?.nextDueAt as Date;
  rig.database.statements();
  const [fired, ...others] = await schedules.fireDue({ limit: 10, fence });
  expect(rig.database.statements()).toBe(3);
  expect(others).toEqual([]);
  expect(fired).toEqual({
    workspace: 'acme',
    name: 'report',
    dueMs: Number(dueAt),
    answer: { outcome: 'accepted', id: expect.any(String), dueLater: false },
  });
  expect(await jobs.get('acme', fired?.answer.id ?? '')).toMatchObject({
    type: 'report.make',
    payload: { kind: 'daily' },
    maxAttempts: 2,
    options: { timeoutMs: 9_000 },
    idempotencyKey: `schedule:report:${dueAt.toISOString()}`,
  });
  expect(await schedules.get('acme', 'report')).toMatchObject({
    lastDueAt: dueAt,
    nextDueAt: new Date(Number(dueAt) + 3_600_000),
  });
  expect(await schedules.fireDue({ limit: 10, fence })).toEqual([]);
});

test('an occurrence that is fired by many is one job', async () => {
  for (let index = 0; index < 20; index++) await schedules.put(`ws-${index}`, 'report', hourly());
  await overdue('report', 1);
  const rounds = await Promise.all(Array.from({ length: 5 }, () => schedules.fireDue({ limit: 50, fence })));
  expect(rounds.flat().filter(({ answer }) => answer.outcome === 'accepted')).toHaveLength(20);
  expect(rounds.flat().filter(({ answer }) => answer.outcome === 'key_reused')).toEqual([]);
  const [count] = await rig.database.query<{ n: number }>(Prisma.sql`SELECT count(*)::int4 AS n FROM "Job"`);
  expect(count?.n).toBe(20);
});

test('who dies after accepting leaves an occurrence that is fired again and is still one job', async () => {
  await schedules.put('acme', 'report', hourly());
  await overdue('report', 1);
  // The lease is somebody else's by the time that the schedule should move on.
  const stale = { ...fence, epoch: fence.epoch + 1 };
  const [first] = await schedules.fireDue({ limit: 10, fence: stale });
  const [second] = await schedules.fireDue({ limit: 10, fence });
  expect(first?.answer.outcome).toBe('accepted');
  expect(second?.answer).toEqual({ outcome: 'duplicate', id: first?.answer.id, state: 'accepted' });
  expect(await schedules.fireDue({ limit: 10, fence })).toEqual([]);
});

test('after a long sleep the policy decides what is fired', async () => {
  for (const missed of ['latest', 'skip', 'all'] as const) {
    await schedules.put('acme', missed, hourly({ missed }));
    await overdue(missed, 3 * 60 + 30);
  }
  const fired = await schedules.fireDue({ limit: 10, fence });
  const count = (name: string) => fired.filter((one) => one.name === name).length;
  expect([count('latest'), count('skip'), count('all')]).toEqual([1, 0, 4]);
  expect(await schedules.fireDue({ limit: 10, fence })).toEqual([]);
});

test('a paused schedule is not fired, and missed nothing when it goes on', async () => {
  await schedules.put('acme', 'report', hourly({ paused: true, missed: 'all' }));
  await overdue('report', 600);
  expect(await schedules.fireDue({ limit: 10, fence })).toEqual([]);
  const record = await schedules.put('acme', 'report', hourly({ missed: 'all' }));
  expect(Number(record.nextDueAt)).toBeGreaterThan(Date.now());
});

test('a template that cannot be accepted does not stop the others', async () => {
  await schedules.put('acme', 'good', hourly());
  await schedules.put('acme', 'bad', hourly());
  await rig.database.query(
    Prisma.sql`UPDATE "Schedule" SET "job" = "job" || '{"maxAttempts": 0}' WHERE "name" = 'bad'`,
  );
  await overdue('good', 1);
  await overdue('bad', 2);
  expect((await schedules.fireDue({ limit: 10, fence })).map(({ name }) => name)).toEqual(['good']);
});

test.each([
  ['a job without a type', 'x', hourly({ job: { type: '', payload: 1, maxAttempts: 1 } })],
  ['a job without attempts', 'x', hourly({ job: { type: 't', payload: 1, maxAttempts: 0 } })],
  ['a payload with a NUL', 'x', hourly({ job: { type: 't', payload: 'a\u0000', maxAttempts: 1 } })],
  ['a payload that is no JSON', 'x', hourly({ job: { type: 't', payload: undefined, maxAttempts: 1 } })],
  ['a name with a colon', 'a:b', hourly()],
  ['a time that never comes', 'x', hourly({ recurrence: { cron: '0 0 31 2 *', tz: 'UTC' } })],
])('%s is refused', async (_what, name, schedule) => {
  await expect(schedules.put('acme', name, schedule)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
