import { beforeEach, expect, test } from '@jest/globals';
import { Prisma } from '../src/generated/client.ts';
import type { JobToAccept } from '../src/jobs/job-to-accept.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { death, newId, someJobs, success } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let jobs: Jobs;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "Job"`);
  jobs = createJobs(rig.database);
});

/** Ids of jobs that were accepted. */
async function accepted(count: number, change: Partial<JobToAccept> = {}): Promise<string[]> {
  const some = someJobs(count, change);
  await jobs.accept(some);
  rig.database.statements();
  return some.map((job) => job.id);
}

async function dead(count: number, change: Partial<JobToAccept> = {}): Promise<string[]> {
  const ids = await accepted(count, change);
  await jobs.finish(ids.map(death));
  rig.database.statements();
  return ids;
}

const one = (ids: readonly string[]) => ids[0] ?? '';

test('only accepted jobs become queued', async () => {
  const [a, b, c, d] = (await accepted(4)) as [string, string, string, string];
  await jobs.finish([success(b)]);
  await jobs.cancel('acme', c);
  rig.database.statements();
  expect(await jobs.markQueued([d, a, b, c, a, newId(), 'foreign-7'])).toEqual(new Set([a, d]));
  expect(rig.database.statements()).toBe(1);
  expect(await jobs.markQueued([a])).toEqual(new Set());
  expect(await jobs.get('acme', a)).toMatchObject({ state: 'queued', queuedAt: expect.any(Date) });
});

test('word of a life that is over makes no job queued in its next one; word after the relay does', async () => {
  const [retried, redriven] = (await dead(2)) as [string, string];
  await jobs.retry('acme', retried);
  await jobs.redrive('acme', { limit: 10 });
  const ids = [retried, redriven];
  expect(await jobs.markQueued(ids)).toEqual(new Set());
  await rig.database.query(
    Prisma.sql`UPDATE "Job" SET "relayAt" = clock_timestamp() WHERE "id" = ANY(${ids}::uuid[])`,
  );
  const taken = (await jobs.takeForRelay({ limit: 10 })).map(({ id }) => id);
  expect(taken).toEqual(expect.arrayContaining(ids));
  expect(await jobs.markQueued(ids)).toEqual(new Set(ids));
});

test('verdicts are one read, and every id asked for has one', async () => {
  const [waiting, queued, done, gone, off] = await accepted(5);
  await jobs.markQueued([queued as string]);
  await jobs.finish([success(done as string), death(gone as string)]);
  await jobs.cancel('acme', off as string);
  rig.database.statements();
  const unknown = newId();
  const asked = [waiting, queued, done, gone, off, unknown, '1', 'repeat:every'] as string[];
  expect([...(await jobs.verdicts(asked)).values()]).toEqual([
    'run',
    'run',
    'finished',
    'finished',
    'cancelled',
    'unknown',
    'unknown',
    'unknown',
  ]);
  expect(rig.database.statements()).toBe(1);
});

test('calls about no job ask nothing', async () => {
  rig.database.statements();
  await jobs.markQueued([]);
  await jobs.markQueued(['foreign']);
  await jobs.verdicts([]);
  await jobs.finish([]);
  await jobs.attemptFailed([]);
  await jobs.relayNow([]);
  await jobs.jobsToAdd([]);
  expect(rig.database.statements()).toBe(0);
});

test('a finish records the outcome once, in one statement for all', async () => {
  const ids = await accepted(300);
  const finishes = ids.map((id, index) => (index % 3 === 0 ? death(id) : success(id)));
  expect(await jobs.finish([...finishes, success('foreign'), success(newId())])).toEqual(new Set(ids));
  expect(rig.database.statements()).toBe(1);
  expect(await jobs.finish(ids.map((id) => success(id, { resultJson: '"late"' })))).toEqual(new Set());
  expect(await jobs.get('acme', ids[0] ?? '')).toMatchObject({
    state: 'dead',
    lastError: 'Boom',
    result: null,
  });
  expect(await jobs.get('acme', ids[1] ?? '')).toMatchObject({
    state: 'succeeded',
    result: 'done',
    attempts: 1,
    startedAt: expect.any(Date),
    finishedAt: expect.any(Date),
  });
});

test('of several finishers of the same jobs exactly one records each', async () => {
  const ids = await accepted(200);
  const calls = Array.from({ length: 12 }, (_, finisher) => {
    const finishes = ids.map((id) => success(id, { resultJson: String(finisher) }));
    return jobs.finish(finisher % 2 === 0 ? finishes : finishes.reverse());
  });
  const recorded = await Promise.all(calls);
  expect(recorded.reduce((sum, set) => sum + set.size, 0)).toBe(200);
  for (const id of ids) {
    const winner = recorded.findIndex((set) => set.has(id));
    expect(await jobs.get('acme', id)).toMatchObject({ result: winner });
  }
});

test('marking, finishing and noting the same jobs at once waits in no circle, and the finish holds', async () => {
  for (let round = 0; round < 10; round++) {
    const ids = await accepted(200);
    const backwards = [...ids].reverse();
    const failed = (list: string[]) =>
      list.map((id) => ({ id, attempts: 1, error: 'x', runAtMs: Date.now() }));
    const [, recorded] = await Promise.all([
      jobs.markQueued(ids),
      jobs.finish(backwards.map((id) => success(id))),
      jobs.markQueued(backwards),
      jobs.attemptFailed(failed(ids)),
    ]);
    expect(recorded.size).toBe(200);
    expect(new Set((await jobs.verdicts(ids)).values())).toEqual(new Set(['finished']));
  }
});

test('a result that PostgreSQL cannot hold is made storable, and a giant one is noted with its beginning', async () => {
  const [nul, giant, broken, good] = (await accepted(4)) as [string, string, string, string];
  const text = 'x'.repeat(5_000_000);
  const recorded = await jobs.finish([
    success(nul, { resultJson: '"a\\u0000b"' }),
    success(giant, { resultJson: JSON.stringify(text) }),
    success(broken, { resultJson: '{"half":' }),
    success(good, { outcome: 'dead', error: `a\u0000${'y'.repeat(100_000)}` }),
  ]);
  expect(recorded.size).toBe(4);
  expect(await jobs.get('acme', nul)).toMatchObject({ result: 'a\ufffdb' });
  expect(await jobs.get('acme', giant)).toMatchObject({
    result: { truncated: true, chars: 5_000_002, head: expect.stringMatching(/^"x{1023}$/) },
  });
  expect(await jobs.get('acme', broken)).toMatchObject({ state: 'succeeded', result: { unstorable: true } });
  const { lastError } = (await jobs.get('acme', good)) ?? {};
  expect(lastError?.startsWith('a\ufffdyyy')).toBe(true);
  expect(lastError?.length).toBeLessThan(9_000);
});

test('a failed attempt is remembered, and an older one does not take it back', async () => {
  const ids = await accepted(2);
  const id = one(ids);
  await jobs.markQueued(ids);
  const runAtMs = Date.now() + 5_000;
  rig.database.statements();
  await jobs.attemptFailed([
    { id, attempts: 1, error: 'first', runAtMs: 1 },
    { id, attempts: 2, error: 'second', runAtMs },
    { id: 'foreign', attempts: 1, error: '', runAtMs },
  ]);
  expect(rig.database.statements()).toBe(1);
  await jobs.attemptFailed([{ id, attempts: 1, error: 'late', runAtMs: 1 }]);
  expect(await jobs.get('acme', id)).toMatchObject({
    state: 'queued',
    attempts: 2,
    lastError: 'second',
    runAt: new Date(runAtMs),
  });
  await jobs.finish([success(id, { attempts: 3 })]);
  await jobs.attemptFailed([{ id, attempts: 9, error: 'after', runAtMs }]);
  expect(await jobs.get('acme', id)).toMatchObject({ state: 'succeeded', attempts: 3, lastError: 'second' });
});

test('a cancelled job is not finished any more, and a finished one not cancelled', async () => {
  const [a, b] = (await accepted(2)) as [string, string];
  expect(await jobs.cancel('acme', a)).toEqual({ outcome: 'cancelled' });
  expect(await jobs.finish([success(a), success(b)])).toEqual(new Set([b]));
  expect(await jobs.cancel('acme', a)).toEqual({ outcome: 'finished', state: 'cancelled' });
  expect(await jobs.cancel('acme', b)).toEqual({ outcome: 'finished', state: 'succeeded' });
});

test('another workspace\u2019s job is the same as none', async () => {
  const id = one(await dead(1));
  for (const [workspace, job] of [
    ['other', id],
    ['acme', newId()],
    ['acme', 'meta'],
    ['acme', `${id}' OR true`],
  ] as const) {
    expect(await jobs.get(workspace, job)).toBeUndefined();
    expect(await jobs.cancel(workspace, job)).toEqual({ outcome: 'not_found' });
    expect(await jobs.retry(workspace, job)).toEqual({ outcome: 'not_found' });
  }
});

test('a dead letter that is retried has all its attempts again and can be finished again', async () => {
  const id = one(await dead(1, { options: { timeoutMs: 50 }, priority: 2 }));
  expect(await jobs.retry('acme', id)).toEqual({
    outcome: 'retried',
    job: {
      id,
      workspace: 'acme',
      type: 'email.send',
      payloadJson: '{"to": "a@example.com"}',
      options: { timeoutMs: 50 },
      attempts: 0,
      maxAttempts: 3,
      priority: 2,
      runAtMs: undefined,
      createdAtMs: expect.any(Number),
      traceparent: undefined,
    },
  });
  expect(await jobs.retry('acme', id)).toEqual({ outcome: 'not_dead', state: 'accepted' });
  expect(await jobs.get('acme', id)).toMatchObject({
    state: 'accepted',
    lastError: 'Boom',
    finishedAt: null,
  });
  expect(await jobs.finish([success(id)])).toEqual(new Set([id]));
});

test('of many who retry the same dead letter one does', async () => {
  const id = one(await dead(1));
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => jobs.retry('acme', id)));
  expect(outcomes.filter(({ outcome }) => outcome === 'retried')).toHaveLength(1);
});

test('redriving takes the oldest dead letters of a workspace, by type if wished, in one statement', async () => {
  const mails = await dead(5);
  const sms = await dead(2, { type: 'sms.send' });
  await dead(1, { workspace: 'other' });
  expect((await jobs.redrive('acme', { limit: 3 })).map((job) => job.id)).toEqual(mails.slice(0, 3));
  expect(rig.database.statements()).toBe(1);
  expect((await jobs.redrive('acme', { limit: 10, type: 'sms.send' })).map((job) => job.id)).toEqual(sms);
  expect((await jobs.redrive('acme', { limit: 10 })).map((job) => job.id)).toEqual(mails.slice(3));
  expect(await jobs.redrive('acme', { limit: 10 })).toEqual([]);
});

/** All pages, the number of jobs in each. */
async function allPages(options: Parameters<Jobs['list']>[1]): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.list('acme', { ...options, cursor });
    ids.push(...page.jobs.map((job) => job.id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

test('a listing has a workspace\u2019s jobs, newest first, page after page, also while others come', async () => {
  const ids = await accepted(25);
  await accepted(5, { workspace: 'other' });
  const first = await jobs.list('acme', { limit: 10 });
  await accepted(3);
  const second = await jobs.list('acme', { limit: 10, cursor: first.cursor });
  const third = await jobs.list('acme', { limit: 10, cursor: second.cursor });
  const seen = [first, second, third].flatMap((page) => page.jobs.map((job) => job.id));
  expect(seen).toEqual([...ids].reverse());
  expect(third.cursor).toBeUndefined();
  expect(first.jobs[0]).toMatchObject({ workspace: 'acme', payload: { to: 'a@example.com' } });
  expect(first.jobs[0]).not.toHaveProperty('requestHash');
  expect(await jobs.list('nobody', { limit: 10 })).toEqual({ jobs: [], cursor: undefined });
});

test('a listing filters by state and by type', async () => {
  const ids = await accepted(12);
  const sms = await accepted(3, { type: 'sms.send' });
  await jobs.markQueued(ids.slice(0, 4));
  await jobs.finish([...ids.slice(4, 7).map(death), ...ids.slice(7, 9).map((id) => success(id))]);
  await jobs.cancel('acme', ids[9] ?? '');
  const newest = (from: number, to: number) => ids.slice(from, to).reverse();
  for (const limit of [2, 100]) {
    expect(await allPages({ limit, state: 'queued' })).toEqual(newest(0, 4));
    expect(await allPages({ limit, state: 'dead' })).toEqual(newest(4, 7));
    expect(await allPages({ limit, state: 'succeeded' })).toEqual(newest(7, 9));
    expect(await allPages({ limit, state: 'cancelled' })).toEqual(newest(9, 10));
    expect(await allPages({ limit, type: 'sms.send' })).toEqual([...sms].reverse());
    expect(await allPages({ limit, type: 'sms.send', state: 'dead' })).toEqual([]);
  }
  await expect(jobs.list('acme', { limit: 5, state: "dead' --" as never })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

test('a page reads a bounded number of rows, however rare what it looks for', async () => {
  const rare = await accepted(2, { type: 'rare' });
  await rig.database.query(Prisma.sql`
    INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "state", "queuedAt")
    SELECT ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(i), 12, '0'))::uuid, 'acme', 'common', '0', 1, 'queued', now()
    FROM generate_series(1, 12000) i`);
  const first = await jobs.list('acme', { limit: 10, type: 'rare' });
  expect(first).toEqual({ jobs: [], cursor: expect.any(String) });
  expect(await allPages({ limit: 10, type: 'rare' })).toEqual([...rare].reverse());
});

test('pruning deletes what finished long enough ago, the oldest first, in bounded pieces', async () => {
  const ids = await accepted(6);
  const finishedAtMs = (hoursAgo: number) => Date.now() - hoursAgo * 3_600_000;
  await jobs.finish([
    success(ids[0] ?? '', { finishedAtMs: finishedAtMs(5) }),
    success(ids[1] ?? '', { finishedAtMs: finishedAtMs(9), outcome: 'dead' }),
    success(ids[2] ?? '', { finishedAtMs: finishedAtMs(7) }),
    success(ids[3] ?? '', { finishedAtMs: finishedAtMs(1) }),
  ]);
  expect(await jobs.prune(2 * 3_600_000, 2)).toBe(2);
  expect((await allPages({ limit: 10 })).sort()).toEqual([ids[0], ids[3], ids[4], ids[5]].sort());
  expect(await jobs.prune(2 * 3_600_000, 2)).toBe(1);
  expect(await jobs.prune(2 * 3_600_000, 2)).toBe(0);
});

test('the state of a row and its times cannot contradict each other', async () => {
  const id = one(await accepted(1));
  for (const change of [`"state" = 'dead'`, `"finishedAt" = now()`, `"attempts" = -1`]) {
    const update = rig.database.query(Prisma.raw(`UPDATE "Job" SET ${change} WHERE "id" = '${id}'`));
    await expect(update).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  }
});
