import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../src/database.ts';
import { Prisma } from '../src/generated/client.ts';
import { insertJobs } from '../src/jobs/insert-jobs.ts';
import type { JobToAccept } from '../src/jobs/job-to-accept.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { death, newId, someJob, someJobs, success } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let jobs: Jobs;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "Job"`);
  jobs = createJobs(rig.database, PATIENT);
  rig.database.statements();
});

/** For thousands of calls at once, on a busy machine. */
const PATIENT = { acceptDeadlineMs: 60_000 };

const jobCount = async () =>
  Number((await rig.database.query<{ n: bigint }>(Prisma.sql`SELECT count(*) AS n FROM "Job"`))[0]?.n);

test('an accepted job is in the ledger with all that was said of it', async () => {
  const runAtMs = Date.now() + 60_000;
  const job = someJob({
    options: { backoff: { type: 'exponential', delayMs: 500 }, timeoutMs: 1_000, lifo: true },
    priority: 7,
    runAtMs,
    idempotencyKey: 'order-1',
    requestHash: 'abc',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    payloadJson: '{"deep":{"list":[1,null,"é😀"]}}',
  });
  expect(await jobs.accept([job])).toEqual([{ outcome: 'accepted', id: job.id, dueLater: false }]);
  expect(await jobs.get('acme', job.id)).toEqual({
    id: job.id,
    workspace: 'acme',
    type: 'email.send',
    payload: { deep: { list: [1, null, 'é😀'] } },
    options: job.options,
    state: 'accepted',
    attempts: 0,
    maxAttempts: 3,
    priority: 7,
    runAt: new Date(runAtMs),
    idempotencyKey: 'order-1',
    result: null,
    lastError: null,
    createdAt: expect.any(Date),
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    traceparent: job.traceparent,
  });
});

test('fifty callers at once share a few statements', async () => {
  await Promise.all(Array.from({ length: 50 }, () => jobs.accept([someJob()])));
  expect(rig.database.statements()).toBeLessThanOrEqual(3);
  expect(await jobCount()).toBe(50);
});

test('ten thousand jobs in one call take ten statements and are answered in their order', async () => {
  const many = someJobs(10_000);
  const answers = await jobs.accept(many);
  expect(rig.database.statements()).toBe(10);
  expect(answers.map((answer) => answer.id)).toEqual(many.map((job) => job.id));
});

test('accepting nothing asks nothing', async () => {
  expect(await jobs.accept([])).toEqual([]);
  expect(rig.database.statements()).toBe(0);
});

test('the same key again is the same job, in whatever state it is by now', async () => {
  const [first, again] = [someJob(), someJob()].map((job) => ({
    ...job,
    idempotencyKey: 'k',
    requestHash: 'h',
  }));
  await jobs.accept([first as JobToAccept]);
  rig.database.statements();
  expect(await jobs.accept([again as JobToAccept])).toEqual([
    { outcome: 'duplicate', id: first?.id, state: 'accepted' },
  ]);
  expect(rig.database.statements()).toBe(2);
  await jobs.finish([success(first?.id ?? '')]);
  expect(await jobs.accept([again as JobToAccept])).toMatchObject([
    { outcome: 'duplicate', state: 'succeeded' },
  ]);
});

test('the same key with another request is told so, also within one call', async () => {
  const keyed = (requestHash: string | undefined) => someJob({ idempotencyKey: 'k', requestHash });
  const first = keyed('h1');
  expect(await jobs.accept([first, keyed('h2'), keyed('h1'), keyed(undefined)])).toEqual([
    { outcome: 'accepted', id: first.id, dueLater: false },
    { outcome: 'key_reused', id: first.id },
    { outcome: 'duplicate', id: first.id, state: 'accepted' },
    { outcome: 'key_reused', id: first.id },
  ]);
  expect(await jobs.accept([keyed('h2')])).toEqual([{ outcome: 'key_reused', id: first.id }]);
});

test('the same key in two workspaces is two jobs', async () => {
  const answers = await jobs.accept(
    ['acme', 'other'].map((workspace) => someJob({ workspace, idempotencyKey: 'k' })),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
});

test('an id that is there already is a duplicate', async () => {
  const job = someJob();
  await jobs.accept([job]);
  expect(await jobs.accept([job, someJob()])).toMatchObject([
    { outcome: 'duplicate' },
    { outcome: 'accepted' },
  ]);
});

test('after pruning a key is free again', async () => {
  const keyed = () => someJob({ idempotencyKey: 'k' });
  const first = keyed();
  await jobs.accept([first]);
  await jobs.finish([success(first.id, { finishedAtMs: Date.now() - 60_000 })]);
  expect(await jobs.prune(1_000, 10)).toBe(1);
  expect(await jobs.accept([keyed()])).toMatchObject([{ outcome: 'accepted' }]);
});

test('two hundred keys fifty times at once are two hundred jobs, and every caller learns which', async () => {
  const processes = Array.from({ length: 4 }, () => createJobs(rig.database, PATIENT));
  const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
  const calls = Array.from({ length: 50 }, (_, round) =>
    round % 2 === 0 ? keys : [...keys].reverse(),
  ).flatMap((order, round) =>
    order.map((idempotencyKey) => {
      const of = processes[round % processes.length] as Jobs;
      return of
        .accept([someJob({ idempotencyKey, requestHash: 'h' })])
        .then(([answer]) => ({ outcome: answer?.outcome, id: answer?.id, idempotencyKey }));
    }),
  );
  const answers = await Promise.all(calls);
  expect(await jobCount()).toBe(200);
  expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(200);
  expect(answers.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(9_800);
  const ids = new Map<string, Set<string | undefined>>();
  for (const { idempotencyKey, id } of answers)
    ids.set(idempotencyKey, (ids.get(idempotencyKey) ?? new Set()).add(id));
  expect([...ids.values()].every((set) => set.size === 1)).toBe(true);
});

test('batches with the same keys in opposite orders do not wait for each other in a circle', async () => {
  const times = { relayGraceMs: 10_000, horizonMs: 900_000 };
  for (let round = 0; round < 10; round++) {
    const keys = Array.from({ length: 300 }, (_, index) => `r${round}-${index}`);
    const batches = Array.from({ length: 6 }, (_, caller) =>
      (caller % 2 === 0 ? keys : [...keys].reverse()).map((idempotencyKey) => someJob({ idempotencyKey })),
    );
    const answers = await Promise.all(batches.map((batch) => insertJobs(rig.database, batch, times)));
    expect(answers.flat().filter(({ outcome }) => outcome === 'accepted')).toHaveLength(300);
  }
  const deadlocks = await rig.database.query<{ n: bigint }>(
    Prisma.sql`SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()`,
  );
  expect(Number(deadlocks[0]?.n)).toBe(0);
});

test('without one order for everybody they would (the negative control)', async () => {
  const insertion = (keys: string[]) => Prisma.sql`
    INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "idempotencyKey")
    SELECT gen_random_uuid(), 'acme', 't', '0', 1, key FROM unnest(${keys}::text[]) AS t(key)
    ON CONFLICT DO NOTHING`;
  const insertAsGiven = (keys: string[]) => rig.database.query(insertion(keys));
  const keys = Array.from({ length: 21 }, (_, index) => `key-${index}`);
  let both: Promise<PromiseSettledResult<unknown>[]> | undefined;
  // Who holds the key in the middle stops both there, when each has one half of the others.
  await rig.database.transaction(async (held) => {
    await held.query(insertion(keys.slice(10, 11)));
    both = Promise.allSettled([insertAsGiven(keys), insertAsGiven([...keys].reverse())]);
    await waitFor(
      async () => {
        const waiting = Prisma.sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
        return (await rig.database.query(waiting)).length === 2;
      },
      { what: 'both are in the middle' },
    );
  }, 30_000);
  const [sacrificed] = (await both)?.filter(({ status }) => status === 'rejected') ?? [];
  expect(String((sacrificed as PromiseRejectedResult).reason)).toMatch(/deadlock|write conflict/i);
});

const REFUSED: [string, Partial<JobToAccept>, string][] = [
  ['a payload with an escaped NUL', { payloadJson: '"\\u0000"' }, 'INVALID_REQUEST'],
  ['a payload with a lone surrogate', { payloadJson: '"\\ud800"' }, 'INVALID_REQUEST'],
  ['a payload that is no JSON', { payloadJson: '{"a":' }, 'INVALID_REQUEST'],
  ['a number that PostgreSQL has not', { payloadJson: '1e999999' }, 'INVALID_REQUEST'],
  [
    'a payload that is nested too deeply',
    { payloadJson: '['.repeat(50_000) + ']'.repeat(50_000) },
    'INVALID_REQUEST',
  ],
  ['a key with a NUL', { idempotencyKey: 'a\u0000b' }, 'INVALID_REQUEST'],
  ['an empty key', { idempotencyKey: '' }, 'INVALID_REQUEST'],
  ['an empty type', { type: '' }, 'INVALID_REQUEST'],
  ['no attempts', { maxAttempts: 0 }, 'INVALID_REQUEST'],
  ['half an attempt', { maxAttempts: 1.5 }, 'INVALID_REQUEST'],
  ['a priority below 0', { priority: -1 }, 'INVALID_REQUEST'],
  ['a time that is none', { runAtMs: Number.NaN }, 'INVALID_REQUEST'],
  ['a time in microseconds', { runAtMs: Date.now() * 1_000 }, 'INVALID_REQUEST'],
  ['a client\u2019s text as id', { id: 'meta' }, 'INVALID_REQUEST'],
  ['a workspace that is no slug', { workspace: 'a:b' }, 'WORKSPACE_NAME_INVALID'],
];

test.each(REFUSED)(
  '%s is refused, and its company of the same moment is accepted',
  async (_name, change, code) => {
    const answers = await Promise.allSettled([
      jobs.accept(someJobs(3)),
      jobs.accept([someJob(change)]),
      jobs.accept([someJob()]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { code } });
    expect(await jobCount()).toBe(4);
  },
);

test('text that looks like SQL is text', async () => {
  const type = `'); DROP TABLE "Job"; --`;
  const job = someJob({ type, idempotencyKey: type, payloadJson: JSON.stringify(type) });
  await jobs.accept([job]);
  expect(await jobs.get('acme', job.id)).toMatchObject({ type, payload: type, idempotencyKey: type });
});

test('a job due beyond the horizon is marked so, and one within is not', async () => {
  jobs = createJobs(rig.database, { horizonMs: 60_000 });
  const answers = await jobs.accept(
    [30_000, 90_000, -5_000].map((inMs) => someJob({ runAtMs: Date.now() + inMs })),
  );
  expect(answers).toMatchObject([{ dueLater: false }, { dueLater: true }, { dueLater: false }]);
});

test('a frozen Postgres rejects within the deadline, and what was answered before is there after the thaw', async () => {
  const pool = openDatabase({ databaseUrl: await rig.server.migrated(), poolSize: 2 });
  // Before it is frozen Postgres may take its time.
  const patient = createJobs(pool, PATIENT);
  const slow = createJobs(pool, { acceptDeadlineMs: 700 });
  const sent: string[] = [];
  const accepted: string[] = [];
  const rejected: unknown[] = [];
  const post = async (to: Jobs) => {
    const job = someJob({ id: newId() });
    sent.push(job.id);
    await to.accept([job]).then(
      () => accepted.push(job.id),
      (error: unknown) => rejected.push(error),
    );
  };
  await Promise.all(Array.from({ length: 20 }, () => post(patient)));
  const frozen = await rig.server.freeze();
  try {
    const calls = Array.from({ length: 20 }, () => post(slow));
    await waitFor(() => rejected.length === 20, { what: 'all calls are rejected', deadlineMs: 30_000 });
    await Promise.all(calls);
  } finally {
    frozen.thaw();
  }
  expect(accepted).toHaveLength(20);
  // At their own deadline, which is before the one of the statements.
  for (const error of rejected) {
    expect(error).toMatchObject({ code: 'LEDGER_UNAVAILABLE', message: expect.stringContaining('700 ms') });
  }
  await waitFor(() => post(patient).then(() => accepted.length > 20), { what: 'accepting after the thaw' });
  // Nothing that was answered is missing. (What was rejected may be there: Postgres had it before it froze.)
  const verdicts = await slow.verdicts(accepted);
  expect(new Set(verdicts.values())).toEqual(new Set(['run']));
  await pool.close();
});

test('the backlog counts what is unfinished, and what this process accepts in between', async () => {
  await jobs.accept([...someJobs(5), ...someJobs(2, { workspace: 'other' })]);
  const all = await rig.database.query<{ id: string }>(
    Prisma.sql`SELECT "id"::text FROM "Job" WHERE "workspace" = 'acme'`,
  );
  const ids = all.map((row) => row.id);
  await jobs.markQueued(ids.slice(0, 3));
  await jobs.finish([success(ids[0] ?? ''), death(ids[4] ?? '')]);
  rig.database.statements();
  const asked = await Promise.all([
    jobs.backlogOf(['acme', 'other', 'nobody']),
    jobs.backlogOf(['acme']),
    jobs.backlogOf(['acme']),
  ]);
  expect([...(asked[0] ?? [])]).toEqual([
    ['acme', 3],
    ['other', 2],
    ['nobody', 0],
  ]);
  expect(rig.database.statements()).toBe(1);
  await jobs.accept(someJobs(4));
  expect((await jobs.backlogOf(['acme'])).get('acme')).toBe(7);
});

test('a backlog is never counted further than the limit it is for', async () => {
  await rig.database.query(Prisma.sql`INSERT INTO "Workspace" ("slug") VALUES ('small')`);
  await rig.database.query(
    Prisma.sql`INSERT INTO "WorkspaceSettings" ("workspace", "maxBacklog") VALUES ('small', 10)`,
  );
  await jobs.accept(someJobs(30, { workspace: 'small' }));
  expect((await createJobs(rig.database).backlogOf(['small'])).get('small')).toBe(11);
});
