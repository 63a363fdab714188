import { isWorkspaceSlug } from '@fairlead/core';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../src/database.ts';
import { Prisma } from '../src/generated/client.ts';
import { createWorkspaces, type SettingsChange, type Workspaces } from '../src/workspaces.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

let server: LedgerServer;
let opened: Database;
let database: Database;
let statements: number;
let workspaces: Workspaces;

beforeAll(async () => {
  server = await startLedgerServer();
  opened = openDatabase({ databaseUrl: await server.migrated(), poolSize: 4 });
});
afterAll(async () => {
  await opened.close();
  await server.stop();
});

beforeEach(async () => {
  await opened.query(Prisma.sql`TRUNCATE "Workspace", "AuditEntry" CASCADE`);
  statements = 0;
  database = {
    ...opened,
    query: (statement) => {
      statements++;
      return opened.query(statement);
    },
  };
  workspaces = createWorkspaces(database);
});

const DEFAULTS = {
  weight: 1,
  concurrency: 'quota',
  ratePerSecond: null,
  burst: null,
  maxBacklog: 100_000,
  paused: false,
  draining: false,
  highQuotaEnabled: false,
  fairness: 'starts',
  version: 1,
  updatedAt: expect.any(Date),
};

test('a workspace that is ensured for the first time has the default settings', async () => {
  const [record] = await workspaces.ensure(['acme']);
  expect(record).toEqual({
    slug: 'acme',
    displayName: null,
    createdAt: expect.any(Date),
    settings: DEFAULTS,
  });
  expect(await workspaces.get('acme')).toEqual(record);
  expect(Math.abs(Date.now() - Number(record?.createdAt))).toBeLessThan(600_000);
});

test('ensuring gives each slug once, in the order of its first mention, old and new ones alike', async () => {
  await workspaces.ensure(['old']);
  await workspaces.update('old', { weight: 4 });
  const records = await workspaces.ensure(['zeta', 'old', 'alpha', 'zeta']);
  expect(records.map((record) => [record.slug, record.settings.weight])).toEqual([
    ['zeta', 1],
    ['old', 4],
    ['alpha', 1],
  ]);
});

test('ensuring thousands of workspaces takes two statements, and one when all of them exist', async () => {
  const slugs = Array.from({ length: 5_000 }, (_, index) => `ws-${index}`);
  expect(await workspaces.ensure(slugs)).toHaveLength(5_000);
  expect(statements).toBe(2);
  const records = await workspaces.ensure(slugs);
  expect(statements).toBe(3);
  expect(records.map((record) => record.slug)).toEqual(slugs);
});

test('ensuring nothing asks nothing', async () => {
  expect(await workspaces.ensure([])).toEqual([]);
  expect(statements).toBe(0);
});

test('many callers who ensure the same new workspaces in different orders all get all of them', async () => {
  for (let round = 0; round < 5; round++) {
    const slugs = Array.from({ length: 200 }, (_, index) => `r${round}-${index}`);
    const callers = Array.from({ length: 8 }, (_, caller) =>
      workspaces.ensure(caller % 2 === 0 ? slugs : [...slugs].reverse()),
    );
    for (const records of await Promise.all(callers)) expect(records).toHaveLength(200);
  }
  expect(await workspaces.list({ limit: 10_000 })).toHaveLength(1_000);
});

test('the database takes exactly the slugs that core takes', async () => {
  const slugs = [
    ...['a', '0', 'a-b', 'a--', 'a'.repeat(63), 'acme-2'],
    ...[
      '',
      '-a',
      'A',
      'a_b',
      'a:b',
      'a{b}',
      '~ring',
      'a b',
      'a\n',
      '\na',
      'é',
      'ａ',
      'a'.repeat(64),
      'a/b',
      'a.b',
    ],
  ];
  for (const slug of slugs) {
    const taken = await workspaces.ensure([slug]).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
    expect([slug, taken]).toEqual([slug, isWorkspaceSlug(slug) ? 'taken' : 'WORKSPACE_NAME_INVALID']);
  }
});

test('one wrong slug creates none of the others', async () => {
  await expect(workspaces.ensure(['good', 'Wrong'])).rejects.toMatchObject({
    code: 'WORKSPACE_NAME_INVALID',
  });
  expect(await workspaces.get('good')).toBeUndefined();
});

test('pages follow each other by slug in the order of bytes', async () => {
  const slugs = ['b', 'a-1', 'a1', 'a', 'ab', '0'];
  await workspaces.ensure(slugs);
  const seen: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await workspaces.list({ after, limit: 4 });
    seen.push(...page.map((record) => record.slug));
    after = page.at(-1)?.slug;
    if (page.length < 4) break;
  }
  expect(seen).toEqual([...slugs].sort());
  expect(statements).toBe(4);
});

test('an update changes what it names, counts the version and tells the new record', async () => {
  const [before] = await workspaces.ensure(['acme']);
  const change: SettingsChange = {
    weight: 2.5,
    concurrency: 8,
    ratePerSecond: 0.5,
    burst: 3,
    maxBacklog: 10,
    paused: true,
    draining: true,
    highQuotaEnabled: true,
    fairness: 'runtime',
    displayName: 'Acme & Söhne',
  };
  const answer = await workspaces.update('acme', change);
  const { displayName, ...settings } = change;
  expect(answer).toEqual({
    outcome: 'updated',
    record: {
      slug: 'acme',
      displayName,
      createdAt: before?.createdAt,
      settings: { ...settings, version: 2, updatedAt: expect.any(Date) },
    },
  });
  expect(answer).toEqual({ outcome: 'updated', record: await workspaces.get('acme') });

  const back = await workspaces.update('acme', { concurrency: null, displayName: null, weight: undefined });
  expect(back).toMatchObject({
    outcome: 'updated',
    record: { displayName: null, settings: { concurrency: null, weight: 2.5, version: 3 } },
  });
});

test('a limit is a number, the quota, or none; a number that was there before the quota stays', async () => {
  await workspaces.ensure(['acme']);
  const limits = async (change: SettingsChange) => {
    const answer = await workspaces.update('acme', change);
    if (answer.outcome !== 'updated') throw new Error(answer.outcome);
    const { concurrency, ratePerSecond, burst } = answer.record.settings;
    return [concurrency, ratePerSecond, burst];
  };
  expect(await limits({ concurrency: null })).toEqual([null, null, null]);
  expect(await limits({ ratePerSecond: 'quota', burst: 'quota' })).toEqual([null, 'quota', 'quota']);
  expect(await limits({ concurrency: 5, ratePerSecond: 2, burst: null })).toEqual([5, 2, null]);
  expect(await limits({ concurrency: 'quota' })).toEqual(['quota', 2, null]);
  // As an earlier version wrote it.
  await opened.query(
    Prisma.sql`UPDATE "WorkspaceSettings" SET "concurrency" = 7 WHERE "workspace" = 'acme' RETURNING 1`,
  );
  expect(await limits({})).toEqual([7, 2, null]);
});

test('the audit names the quota that a change went away from', async () => {
  await workspaces.ensure(['acme']);
  const by = { actor: 'key:1', action: 'workspace.update' } as const;
  await workspaces.update('acme', { concurrency: 5 }, undefined, by);
  await workspaces.update('acme', { concurrency: 'quota', burst: 'quota' }, undefined, by);
  const entries = await opened.query(
    Prisma.sql`SELECT "before", "after" FROM "AuditEntry" WHERE "workspace" = 'acme' ORDER BY "id"`,
  );
  expect(entries).toEqual([
    { before: { version: 1, concurrency: 'quota' }, after: { version: 2, concurrency: 5 } },
    {
      before: { version: 2, concurrency: 5, burst: null },
      after: { version: 3, concurrency: 'quota', burst: 'quota' },
    },
  ]);
});

test('an update is one statement', async () => {
  await workspaces.ensure(['acme']);
  statements = 0;
  await workspaces.update('acme', { paused: true, displayName: 'Acme' }, 1);
  expect(statements).toBe(1);
});

test('an update of one workspace leaves the others alone', async () => {
  await workspaces.ensure(['acme', 'other']);
  await workspaces.update('acme', { paused: true, displayName: 'Acme' });
  expect(await workspaces.get('other')).toMatchObject({ displayName: null, settings: DEFAULTS });
});

test('of several who update the same version one wins and the others are told the version', async () => {
  await workspaces.ensure(['acme']);
  const weights = [2, 3, 4, 5, 6, 7];
  const answers = await Promise.all(weights.map((weight) => workspaces.update('acme', { weight }, 1)));
  expect(answers.filter(({ outcome }) => outcome === 'updated')).toHaveLength(1);
  expect(answers.filter(({ outcome }) => outcome !== 'updated')).toEqual(
    Array(5).fill({ outcome: 'conflict', version: 2 }),
  );
});

test('updates without an expected version all count', async () => {
  await workspaces.ensure(['acme']);
  await Promise.all(
    Array.from({ length: 12 }, (_, weight) => workspaces.update('acme', { weight: weight + 1 })),
  );
  expect(await workspaces.get('acme')).toMatchObject({ settings: { version: 13 } });
});

test('existing workspaces are made eligible page by page; new ones are not', async () => {
  await workspaces.ensure(['a', 'b', 'c', 'd', 'e']);
  await workspaces.update('b', { highQuotaEnabled: true });
  const by = { actor: 'key:1' };
  const dry = await workspaces.backfillHighQuota({ limit: 10, dryRun: true }, by);
  expect(dry).toEqual({ rowsUpdated: 4, enabled: 1, total: 5, next: undefined });
  const first = await workspaces.backfillHighQuota({ limit: 3, dryRun: false }, by);
  expect(first).toEqual({ rowsUpdated: 2, enabled: 3, total: 5, next: 'c' });
  const last = await workspaces.backfillHighQuota({ after: first.next, limit: 3, dryRun: false }, by);
  expect(last).toEqual({ rowsUpdated: 2, enabled: 5, total: 5, next: undefined });
  expect(await workspaces.backfillHighQuota({ limit: 10, dryRun: false }, by)).toMatchObject({
    rowsUpdated: 0,
  });
  expect((await workspaces.ensure(['f']))[0]?.settings.highQuotaEnabled).toBe(false);
  expect((await workspaces.get('a'))?.settings).toMatchObject({ highQuotaEnabled: true, version: 2 });
  expect((await workspaces.get('b'))?.settings.version).toBe(2);
  const entries = await opened.query<{ after: object }>(
    Prisma.sql`SELECT "after" FROM "AuditEntry" WHERE "subject" = 'workspaces' ORDER BY "id"`,
  );
  expect(entries.map(({ after }) => after)).toEqual([
    { rowsUpdated: 2, first: 'a', last: 'c' },
    { rowsUpdated: 2, first: 'd', last: 'e' },
  ]);
});

test('a workspace that does not exist is not found', async () => {
  expect(await workspaces.get('nobody')).toBeUndefined();
  expect(await workspaces.update('nobody', { weight: 2 })).toEqual({ outcome: 'not_found' });
  expect(await workspaces.update('nobody', { weight: 2 }, 1)).toEqual({ outcome: 'not_found' });
});

const NONSENSE: SettingsChange[] = [
  ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map((weight) => ({ weight })),
  { weight: null as never },
  ...[0, -1, 1.5, Number.NaN, 2 ** 31].map((concurrency) => ({ concurrency })),
  ...[0, -0.5, Number.NaN, Number.POSITIVE_INFINITY].map((ratePerSecond) => ({ ratePerSecond })),
  ...[0, 0.5, Number.NaN].map((burst) => ({ burst })),
  ...[-1, 0.5, Number.POSITIVE_INFINITY].map((maxBacklog) => ({ maxBacklog })),
  { fairness: 'luck' as never },
  { concurrency: 'many' as never },
  { paused: 'perhaps' as never },
  { displayName: '' },
  { displayName: 'x'.repeat(201) },
  // A good value beside a bad one is not kept either.
  { weight: 3, burst: 0 },
  { displayName: 'Acme', weight: -1 },
];

test('the database refuses nonsense and keeps what was there', async () => {
  const [before] = await workspaces.ensure(['acme']);
  for (const change of NONSENSE) {
    const answer = await workspaces.update('acme', change).catch((error: { code: string }) => error.code);
    expect([change, answer]).toEqual([change, 'INVALID_REQUEST']);
  }
  expect(await workspaces.get('acme')).toEqual(before);
});

test.each([-1, 1.5, Number.NaN])('a page of %p records is refused', async (limit) => {
  await expect(workspaces.list({ limit })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('the slug of a workspace cannot be changed', async () => {
  await workspaces.ensure(['acme']);
  const rename = database.query(Prisma.sql`UPDATE "Workspace" SET "slug" = 'other' RETURNING "slug"`);
  await expect(rename).rejects.toThrow(/violates (RESTRICT setting of )?foreign key constraint/);
});

test('values that look like SQL are values', async () => {
  await workspaces.ensure(['acme']);
  const displayName = `'; DROP TABLE "Workspace"; --`;
  await workspaces.update('acme', { displayName });
  expect(await workspaces.get('acme')).toMatchObject({ displayName });
  expect(await workspaces.get(`' OR true --`)).toBeUndefined();
});
