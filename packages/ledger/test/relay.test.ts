import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import type { Place } from '../src/jobs/restore.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { newId, someJob, someJobs, success } from './some-jobs.ts';

let server: LedgerServer;
let databases: [CountingDatabase, CountingDatabase];
let jobs: Jobs;
/** Another process. */
let others: Jobs;

const AT_ONCE = { relayGraceMs: 0 };

beforeAll(async () => {
  server = await startLedgerServer();
  const url = await server.migrated();
  databases = [openCounting(url), openCounting(url)];
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await server.stop();
});
beforeEach(async () => {
  await databases[0].query(Prisma.sql`TRUNCATE "Job"`);
  [jobs, others] = databases.map((database) => createJobs(database, AT_ONCE)) as [Jobs, Jobs];
});

const idsOf = (list: readonly { id: string }[]) => list.map((job) => job.id);
const sql = (text: string) => databases[0].query(Prisma.raw(text));

test('what nobody added in time is taken, with all that Redis has to be told', async () => {
  const job = someJob({ options: { lifo: true }, priority: 4, traceparent: 'tp', payloadJson: '[1]' });
  await jobs.accept([job]);
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([
    {
      id: job.id,
      workspace: 'acme',
      type: 'email.send',
      payloadJson: '[1]',
      options: { lifo: true },
      attempts: 0,
      maxAttempts: 3,
      priority: 4,
      runAtMs: undefined,
      createdAtMs: expect.any(Number),
      traceparent: 'tp',
    },
  ]);
});

test('within the grace a job is its dispatcher\u2019s, unless that knows better', async () => {
  const patient = createJobs(databases[0], { relayGraceMs: 60_000 });
  const [a, b] = [someJob(), someJob()];
  await patient.accept([a, b]);
  expect(await jobs.takeForRelay({ limit: 10 })).toEqual([]);
  await patient.relayNow([b.id, 'foreign', newId()]);
  expect(idsOf(await jobs.takeForRelay({ limit: 10 }))).toEqual([b.id]);
});

test('what is queued, finished or cancelled is left alone', async () => {
  const [a, b, c, d] = someJobs(4).map((job) => job.id) as [string, string, string, string];
  await jobs.accept([a, b, c, d].map((id) => someJob({ id })));
  await jobs.markQueued([a]);
  await jobs.finish([success(b)]);
  await jobs.cancel('acme', c);
  expect(idsOf(await jobs.takeForRelay({ limit: 10 }))).toEqual([d]);
});

test('a job due beyond the horizon stays until its time comes near', async () => {
  const near = createJobs(databases[0], { relayGraceMs: 0, horizonMs: 60_000 });
  const [soon, later] = [30_000, 3_600_000].map((inMs) => someJob({ runAtMs: Date.now() + inMs }));
  await near.accept([soon, later] as never);
  const [taken] = await jobs.takeForRelay({ limit: 10 });
  expect(taken).toMatchObject({ id: soon?.id, runAtMs: soon?.runAtMs });
  await sql(`UPDATE "Job" SET "relayAt" = "relayAt" - interval '1 hour' WHERE "id" = '${later?.id}'`);
  expect(idsOf(await jobs.takeForRelay({ limit: 10 }))).toEqual([later?.id]);
});

test('two relays take each row once', async () => {
  const all = Array.from({ length: 2_000 }, (_, index) => someJob({ workspace: `ws-${index % 40}` }));
  await jobs.accept(all);
  const [mine, theirs]: [string[], string[]] = [[], []];
  let taken = 0;
  do {
    const round = { limit: 60, perWorkspace: 7 };
    const [a, b] = await Promise.all([jobs.takeForRelay(round), others.takeForRelay(round)]);
    mine.push(...idsOf(a));
    theirs.push(...idsOf(b));
    taken = a.length + b.length;
  } while (taken > 0);
  expect([...mine, ...theirs].sort()).toEqual(idsOf(all).sort());
  expect(Math.min(mine.length, theirs.length)).toBeGreaterThan(0);
});

test('what a relay took and did not mark comes again', async () => {
  await jobs.accept(someJobs(2));
  const [first, second] = await jobs.takeForRelay({ limit: 10, takeMs: 50 });
  await jobs.markQueued([first?.id ?? '']);
  const again = await waitFor(
    async () => {
      const round = await others.takeForRelay({ limit: 10 });
      return round.length > 0 ? round : undefined;
    },
    { what: 'the row comes again' },
  );
  expect(idsOf(again)).toEqual([second?.id]);
});

test('one tenant\u2019s hundred thousand rows delay nobody, and cost the others nothing', async () => {
  // In parts: a statement that takes five seconds is taken for dead.
  for (let last = 10_000; last <= 100_000; last += 10_000) {
    await sql(`
      INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "relayAt")
      SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'hog', 't', '0', 1,
        now() - interval '1 hour' + CASE WHEN i % 2 = 0 THEN interval '7 days' ELSE interval '0' END
      FROM generate_series(${last - 9_999}, ${last}) i`);
  }
  const light = ['aaa', 'zzz', 'mmm'].map((workspace) => someJob({ workspace }));
  await jobs.accept(light);
  const round = await jobs.takeForRelay({ limit: 1_000 });
  expect(round.filter((job) => job.workspace === 'hog')).toHaveLength(100);
  expect(idsOf(round)).toEqual(expect.arrayContaining(idsOf(light)));
  await sql('ANALYZE "Job"');
  const [plan] = await sql(`EXPLAIN (ANALYZE, FORMAT JSON) WITH RECURSIVE tenant AS (
      (SELECT "workspace" FROM "Job" WHERE "state" = 'accepted' AND "workspace" > '' ORDER BY "workspace" LIMIT 1)
      UNION ALL SELECT (SELECT n."workspace" FROM "Job" n WHERE n."state" = 'accepted' AND
        n."workspace" > tenant."workspace" ORDER BY n."workspace" LIMIT 1) FROM tenant WHERE tenant."workspace" IS NOT NULL)
    SELECT d."id" FROM tenant CROSS JOIN LATERAL (SELECT r."id" FROM "Job" r WHERE r."state" = 'accepted'
      AND r."workspace" = tenant."workspace" AND r."relayAt" <= statement_timestamp() ORDER BY r."relayAt" LIMIT 100) d`);
  const steps = JSON.stringify(plan);
  expect(steps).not.toContain('Seq Scan');
  expect(steps).not.toMatch(/"Rows Removed by Filter":[1-9]/);
});

test('rounds go around: a small limit serves every workspace before it serves one twice', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `ws-${index}`);
  await jobs.accept(names.flatMap((workspace) => someJobs(5, { workspace })));
  const served: string[] = [];
  for (let round = 0; round < 5; round++) {
    const taken = await jobs.takeForRelay({ limit: 2, perWorkspace: 1 });
    served.push(...taken.map((job) => job.workspace));
  }
  expect(served).toEqual(names);
  const next = await jobs.takeForRelay({ limit: 3, perWorkspace: 1 });
  expect(next.map((job) => job.workspace)).toEqual(names.slice(0, 3));
});

async function pages<T>(page: (cursor: Place | undefined) => Promise<{ jobs: T[]; next: Place | null }>) {
  const found: T[] = [];
  let cursor: Place | undefined;
  for (;;) {
    const { jobs: list, next } = await page(cursor);
    found.push(...list);
    if (next === null) return found;
    cursor = next;
  }
}

test('restoring Redis pages through all that it had, each once', async () => {
  const all = Array.from({ length: 95 }, (_, index) => someJob({ workspace: `ws-${index % 7}` }));
  await jobs.accept([...all, someJob()]);
  await jobs.markQueued(idsOf(all));
  await jobs.finish(all.slice(0, 5).map((job) => success(job.id)));
  await jobs.attemptFailed([{ id: all[9]?.id ?? '', attempts: 2, error: 'x', runAtMs: 1_000 }]);
  const restored = await pages((cursor) => jobs.unfinishedPage(cursor, 20));
  expect(idsOf(restored).sort()).toEqual(idsOf(all.slice(5)).sort());
  expect(restored.find((job) => job.id === all[9]?.id)).toMatchObject({ attempts: 2, runAtMs: 1_000 });
});

test('after a failover only what changed since is read again', async () => {
  const all = someJobs(30);
  await jobs.accept(all);
  await jobs.markQueued(idsOf(all));
  await sql(`UPDATE "Job" SET "queuedAt" = now() - interval '1 hour'`);
  const retried = all[3]?.id ?? '';
  await jobs.attemptFailed([{ id: retried, attempts: 1, error: 'x', runAtMs: 5 }]);
  const [fresh] = someJobs(1);
  await jobs.accept([fresh as never]);
  await jobs.markQueued([fresh?.id ?? '']);
  const changed = await pages((cursor) => jobs.changedSince(Date.now() - 600_000, cursor, 1));
  expect(idsOf(changed).sort()).toEqual([retried, fresh?.id].sort());
});

test('the audit names what has been in Redis for long enough, and reads the rest on demand', async () => {
  await sql(`
    INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "state", "queuedAt")
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'acme', 't', '0', 1, 'queued',
      now() - CASE WHEN i % 4000 = 0 THEN interval '1 hour' ELSE interval '0' END
    FROM generate_series(1, 12000) i`);
  databases[0].statements();
  const named = await pages((cursor) => jobs.auditPage({ olderThanMs: 60_000, cursor, limit: 1_000 }));
  expect(named).toHaveLength(3);
  expect(databases[0].statements()).toBe(3);
  await jobs.finish([success(named[0]?.id ?? '')]);
  expect(idsOf(await jobs.jobsToAdd(idsOf(named)))).toEqual(idsOf(named.slice(1)));
});
