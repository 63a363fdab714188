import { FairleadError } from '@fairlead/core';
import { beforeEach, expect, test } from '@jest/globals';
import { type ApiKeys, createApiKeys } from '../src/api-keys.ts';
import { type Audit, createAudit } from '../src/audit.ts';
import { createFlags } from '../src/flags.ts';
import { Prisma } from '../src/generated/client.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let keys: ApiKeys;
let audit: Audit;
let nowMs: number;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "ApiKey", "AuditEntry", "Flag"`);
  nowMs = 1_000_000;
  keys = createApiKeys(rig.database, { nowMs: () => nowMs });
  audit = createAudit(rig.database);
});

const MINE = { label: 'billing', scopes: ['enqueue', 'read'], workspace: 'acme', createdBy: 'op' } as const;

test('a key opens what it was made for, and is nowhere in the database', async () => {
  const { key, record } = await keys.create(MINE);
  expect(key).toMatch(/^flk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(record).toEqual({
    prefix: key.split('_')[1],
    ...MINE,
    createdAt: expect.any(Date),
    revokedAt: null,
    lastUsedAt: null,
  });
  expect(await keys.verify(key)).toEqual(record);
  const stored = JSON.stringify(
    await rig.database.query(Prisma.sql`SELECT "ApiKey"::text AS row, encode("sha256", 'hex') FROM "ApiKey"`),
  );
  expect(stored).not.toContain(key.slice(17));
});

test('what is not exactly the key opens nothing', async () => {
  const { key, record } = await keys.create(MINE);
  const other = await keys.create(MINE);
  const wrong = [
    '',
    'Bearer',
    key.slice(0, -1),
    `${key}A`,
    key.toUpperCase(),
    ` ${key}`,
    `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
    `flk_${record.prefix}_${other.key.slice(17)}`,
    `flk_000000000000_${key.slice(17)}`,
    `flk_' OR true--_${key.slice(17)}`,
  ];
  for (const guess of wrong) expect([guess, await keys.verify(guess)]).toEqual([guess, undefined]);
});

test('a revoked key is refused here at once, and elsewhere when what is remembered ends', async () => {
  const elsewhere = createApiKeys(rig.database, { nowMs: () => nowMs });
  const { key, record } = await keys.create(MINE);
  await keys.verify(key);
  await elsewhere.verify(key);
  expect(await keys.revoke(record.prefix, { actor: 'tester' })).toBe(true);
  expect(await keys.revoke(record.prefix, { actor: 'tester' })).toBe(false);
  expect(await keys.verify(key)).toBeUndefined();
  nowMs += 2_001;
  expect(await elsewhere.verify(key)).toBeUndefined();
});

test('a look-up that was under way when a key was revoked does not make it good again', async () => {
  const read = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let isSlow = false;
  const query: typeof rig.database.query = async (statement) => {
    const rows = await rig.database.query(statement);
    if (isSlow && statement.text.startsWith('SELECT')) {
      read.resolve();
      await answer.promise;
    }
    return rows as never;
  };
  keys = createApiKeys({ ...rig.database, query }, { nowMs: () => nowMs });
  const { key, record } = await keys.create(MINE);
  isSlow = true;
  const verified = keys.verify(key);
  await read.promise;
  await keys.revoke(record.prefix, { actor: 'tester' });
  answer.resolve();
  expect(await verified).toBeUndefined();
  expect(await keys.verify(key)).toBeUndefined();
});

test('while Postgres is away a key that was good is so for a minute more, and of others nobody can say', async () => {
  let isAway = false;
  const query: typeof rig.database.query = (statement) =>
    isAway ? Promise.reject(new FairleadError('LEDGER_UNAVAILABLE', 'away')) : rig.database.query(statement);
  keys = createApiKeys({ ...rig.database, query }, { nowMs: () => nowMs });
  const [known, unknown] = [await keys.create(MINE), await keys.create(MINE)];
  await keys.verify(known.key);
  isAway = true;
  for (const waitMs of [10_000, 10_000, 39_999]) {
    nowMs += waitMs;
    expect(await keys.verify(known.key)).toEqual(known.record);
    await expect(keys.verify(unknown.key)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  }
  nowMs += 1;
  await expect(keys.verify(known.key)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  isAway = false;
  expect(await keys.verify(known.key)).toMatchObject({ prefix: known.record.prefix });
});

test('what is done with keys is in the audit, without the key', async () => {
  const { key, record } = await keys.create(MINE);
  await keys.revoke(record.prefix, { actor: 'key:0123456789ab' });
  await keys.revoke(record.prefix, { actor: 'key:0123456789ab' });
  const entries = await audit.page({ limit: 10 });
  const { label, scopes, workspace, createdBy } = MINE;
  const subject = `key:${record.prefix}`;
  expect(entries).toMatchObject([
    { actor: 'key:0123456789ab', action: 'key.revoke', subject, workspace },
    { actor: createdBy, action: 'key.create', subject, workspace, after: { label, scopes, workspace } },
  ]);
  expect(JSON.stringify(entries)).not.toContain(key.slice(17));
});

test('a busy key costs no statement per request, and a flood of guesses few', async () => {
  const { key } = await keys.create(MINE);
  await keys.verify(key);
  rig.database.statements();
  for (let request = 0; request < 100; request++) await keys.verify(key);
  expect(rig.database.statements()).toBe(0);
  await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      keys.verify(`flk_${index.toString(16).padStart(12, '0')}_${'x'.repeat(43)}`),
    ),
  );
  expect(rig.database.statements()).toBeLessThanOrEqual(3);
});

test('when a key was last used is noted once a minute', async () => {
  const { key } = await keys.create(MINE);
  const used = async () => (await keys.list())[0]?.lastUsedAt ?? undefined;
  await keys.verify(key);
  await keys.flush();
  const first = await used();
  expect(first).toBeInstanceOf(Date);
  await keys.verify(key);
  await keys.flush();
  expect(Number(await used())).toBeGreaterThanOrEqual(Number(first));
  rig.database.statements();
  await keys.flush();
  expect(rig.database.statements()).toBe(0);
});

test('an installation\u2019s first key may be given again and again, but not another one under its prefix', async () => {
  const first = `flk_0123456789ab_${'s'.repeat(43)}`;
  const admin = { label: 'first', scopes: ['admin'], createdBy: 'set-up' } as const;
  const record = await keys.ensure(first, admin);
  expect(await keys.ensure(first, admin)).toEqual(record);
  expect(await keys.verify(first)).toMatchObject({ workspace: null, scopes: ['admin'] });
  for (const key of [`flk_0123456789ab_${'t'.repeat(43)}`, 'secret', `flk_0123456789ab_${'s'.repeat(20)}`]) {
    await expect(keys.ensure(key, admin)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  }
});

test('a key without a scope, or with one that does not exist, is refused', async () => {
  for (const scopes of [[], ['root']] as never[]) {
    await expect(keys.create({ ...MINE, scopes })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  }
});

test('the audit is read newest first, page by page, by subject if wished', async () => {
  const entry = (subject: string, after: unknown) => ({
    actor: 'op',
    action: 'workspace.update',
    subject,
    after,
  });
  await audit.write([
    entry('workspace:a', { weight: 2 }),
    { ...entry('workspace:b', null), workspace: 'b', before: 1 },
  ]);
  await audit.write([entry('workspace:a', { weight: 3 })]);
  await audit.write([]);
  const [newest, second] = await audit.page({ limit: 2 });
  expect(newest).toMatchObject({ subject: 'workspace:a', after: { weight: 3 }, before: null, actor: 'op' });
  expect(second).toMatchObject({ subject: 'workspace:b', workspace: 'b', before: 1 });
  expect(await audit.page({ limit: 5, before: second?.id })).toMatchObject([{ after: { weight: 2 } }]);
  expect(await audit.page({ limit: 5, subject: 'workspace:a' })).toHaveLength(2);
});

const INITIAL = { inlineFallback: false, mode: 'queue', share: 0.5 };
const flagsOf = (db: CountingDatabase) => createFlags(db, INITIAL, { nowMs: () => nowMs });

test('a flag has its initial value until it is set, and again when it is cleared', async () => {
  const flags = flagsOf(rig.database);
  expect(await flags.read()).toEqual(INITIAL);
  expect(await flags.set('inlineFallback', true, { actor: 'op' })).toMatchObject({
    value: true,
    source: 'set',
    updatedBy: 'op',
  });
  expect(await flags.read()).toEqual({ ...INITIAL, inlineFallback: true });
  expect(await flags.clear('inlineFallback', { actor: 'op' })).toMatchObject({
    value: false,
    source: 'initial',
  });
  expect(await flags.read()).toEqual(INITIAL);
});

test('another process sees a change within the second', async () => {
  const [mine, theirs] = [flagsOf(rig.database), flagsOf(rig.database)];
  await theirs.read();
  await mine.set('mode', 'inline', { actor: 'op' });
  expect((await theirs.read()).mode).toBe('queue');
  nowMs += 1_001;
  expect((await theirs.read()).mode).toBe('inline');
});

test('what is set here holds here at once, also when the old value is just being read', async () => {
  const [wasRead, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFirst = true;
  const flags = createFlags(
    {
      async query<Row>(statement: Prisma.Sql) {
        const rows = await rig.database.query<Row>(statement);
        if (!isFirst) return rows;
        isFirst = false;
        wasRead.resolve();
        await goOn.promise;
        return rows;
      },
    },
    INITIAL,
  );
  const early = flags.read();
  await wasRead.promise;
  await flags.set('inlineFallback', true, { actor: 'op' });
  const late = flags.read();
  goOn.resolve();
  expect([(await early).inlineFallback, (await late).inlineFallback]).toEqual([true, true]);
});

test('a flag with an end goes back by itself, and says when', async () => {
  const flags = flagsOf(rig.database);
  const record = await flags.set('inlineFallback', true, { actor: 'op', expiresInMs: 3_600_000 });
  expect(record.expiresAt).toBeInstanceOf(Date);
  await rig.database.query(Prisma.sql`UPDATE "Flag" SET "expiresAt" = now() - interval '1 second'`);
  nowMs += 1_001;
  expect((await flags.read()).inlineFallback).toBe(false);
});

test('an initial value may end by itself too, and says when', async () => {
  const at = new Date(50_000);
  let wallMs = 49_999;
  const ends = { inlineFallback: { at, afterwards: false } };
  const flags = createFlags(
    rig.database,
    { ...INITIAL, inlineFallback: true },
    { nowMs: () => nowMs, wallNowMs: () => wallMs, ends },
  );
  const listed = async () => (await flags.list()).find(({ name }) => name === 'inlineFallback');
  expect(await listed()).toMatchObject({ value: true, source: 'initial', expiresAt: at });
  expect((await flags.read()).inlineFallback).toBe(true);
  wallMs = 50_000;
  nowMs += 1_001;
  expect(await listed()).toMatchObject({ value: false, source: 'initial', expiresAt: undefined });
  expect((await flags.read()).inlineFallback).toBe(false);
});

test('every change of a flag is in the audit, with what was there before', async () => {
  const flags = flagsOf(rig.database);
  await flags.set('share', 0.7, { actor: 'ann' });
  await flags.set('share', 0.9, { actor: 'bob' });
  await flags.clear('share', { actor: 'cec' });
  await flags.clear('share', { actor: 'dan' });
  expect(await audit.page({ limit: 9, subject: 'flag:share' })).toMatchObject([
    { actor: 'cec', action: 'flag.clear', before: 0.9 },
    { actor: 'bob', action: 'flag.set', before: 0.7, after: { value: 0.9, expiresAt: null } },
    { actor: 'ann', action: 'flag.set', before: null, after: { value: 0.7 } },
  ]);
});

test('unknown flags and values of another type are refused', async () => {
  const flags = flagsOf(rig.database);
  for (const [name, value] of [
    ['nothing', true],
    ['__proto__', true],
    ['inlineFallback', 'true'],
    ['share', '1'],
  ] as const) {
    await expect(flags.set(name, value, { actor: 'op' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  }
  expect(await audit.page({ limit: 9 })).toEqual([]);
});

test('while Postgres does not answer the last known values hold', async () => {
  const gone = openCounting(await rig.server.migrated());
  const flags = flagsOf(gone);
  await flags.set('mode', 'inline', { actor: 'op' });
  await flags.read();
  await gone.close();
  nowMs += 60_000;
  expect((await flags.read()).mode).toBe('inline');
  await expect(flags.list()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});
