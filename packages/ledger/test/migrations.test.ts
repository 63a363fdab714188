import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { startProcess, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../src/database.ts';
import { Prisma } from '../src/generated/client.ts';
import { applyMigrations, applyMigrationsFrom } from '../src/migrate.ts';
import { MIGRATIONS_DIR, readMigrations } from '../src/migration-list.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

let server: LedgerServer;
let folder: string;
let ours: string[];

beforeAll(async () => {
  server = await startLedgerServer();
  ours = (await readMigrations(MIGRATIONS_DIR)).migrationDirectories.map((directory) => directory.path);
});
afterAll(() => server.stop());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-migrations-'));
  await cp(MIGRATIONS_DIR, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Adds a migration after ours to the folder. */
async function migration(name: string, sql: string): Promise<string> {
  const full = `99990101000000_${name}`;
  await mkdir(path.join(folder, full), { recursive: true });
  await writeFile(path.join(folder, full, 'migration.sql'), sql);
  return full;
}

async function rows(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase({ databaseUrl, poolSize: 1 });
  try {
    return await database.query(Prisma.raw(sql));
  } finally {
    await database.close();
  }
}

const TABLES = `SELECT to_regclass('kept') IS NOT NULL AS kept, to_regclass('half') IS NOT NULL AS half`;
const HISTORY =
  'SELECT migration_name AS name, finished_at IS NOT NULL AS done FROM _prisma_migrations ORDER BY 1';

test('migrations are applied once, however often it is asked', async () => {
  const databaseUrl = await server.empty();
  expect(await applyMigrations(databaseUrl)).toEqual({ applied: ours });
  expect(await applyMigrations(databaseUrl)).toEqual({ applied: [] });
  expect(await rows(databaseUrl, HISTORY)).toEqual(ours.map((name) => ({ name, done: true })));
});

test('of five callers at once one applies them, and all find the database up to date', async () => {
  const databaseUrl = await server.empty();
  // Slow enough for all five to meet, and it fails when it runs a second time.
  const slow = await migration('slow', 'SELECT pg_sleep(0.3); CREATE TABLE once (x int);');
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => applyMigrationsFrom(folder, databaseUrl)),
  );
  expect(answers.flatMap(({ applied }) => applied).sort()).toEqual([...ours, slow]);
  expect(answers.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  expect(await rows(databaseUrl, HISTORY)).toHaveLength(ours.length + 1);
});

test('five processes at once apply each migration once', async () => {
  const DATABASE_URL = await server.empty();
  const runs = await Promise.all(Array.from({ length: 5 }, () => migrateMain({ DATABASE_URL })));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const lines = runs.flatMap(({ output }) => output).filter((line) => line !== UP_TO_DATE);
  expect(lines).toEqual(ours.map((name) => `Applied migration ${name}.`));
});

test('migrations wait for those of another tool', async () => {
  const databaseUrl = await server.empty();
  const other = openDatabase({ databaseUrl, poolSize: 1 });
  await other.query(Prisma.sql`SELECT pg_advisory_lock(72707369)::text`);
  const applied = applyMigrations(databaseUrl);
  const waiting = Prisma.sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  await waitFor(async () => (await other.query(waiting)).length === 1, { what: 'the migrations wait' });
  await other.query(Prisma.sql`SELECT pg_advisory_unlock(72707369)`);
  expect(await applied).toEqual({ applied: ours });
  await other.close();
});

test('a new migration is applied on top of the old ones', async () => {
  const databaseUrl = await server.migrated();
  const next = await migration('next', 'ALTER TABLE "Workspace" ADD COLUMN "note" TEXT;');
  expect(await applyMigrationsFrom(folder, databaseUrl)).toEqual({ applied: [next] });
});

test('semicolons in comments, texts and bodies of functions do not split a migration', async () => {
  const databaseUrl = await server.migrated();
  const next = await migration(
    'semicolons',
    `-- First; second.
     CREATE TABLE note (text TEXT DEFAULT 'a;b');
     CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO note DEFAULT VALUES; RETURN 2; END $$;
     SELECT two();`,
  );
  expect(await applyMigrationsFrom(folder, databaseUrl)).toEqual({ applied: [next] });
  expect(await rows(databaseUrl, 'SELECT text FROM note')).toEqual([{ text: 'a;b' }]);
});

test('a migration that fails says why, leaves nothing behind and can be corrected', async () => {
  const databaseUrl = await server.migrated();
  const good = await migration('1_good', 'CREATE TABLE kept (x int);');
  const bad = await migration('2_bad', 'CREATE TABLE half (x int); INSERT INTO missing VALUES (1);');
  const failed = {
    code: 'INTERNAL',
    message: `Migration ${bad} was not applied: relation "missing" does not exist (42P01)`,
    fix: expect.stringContaining('Nothing of it was kept'),
  };
  await expect(applyMigrationsFrom(folder, databaseUrl)).rejects.toMatchObject(failed);
  await expect(applyMigrationsFrom(folder, databaseUrl)).rejects.toMatchObject(failed);
  expect(await rows(databaseUrl, TABLES)).toEqual([{ kept: true, half: false }]);

  await migration('2_bad', 'CREATE TABLE half (x int);');
  expect(await applyMigrationsFrom(folder, databaseUrl)).toEqual({ applied: [bad] });
  expect(await rows(databaseUrl, HISTORY)).toEqual(
    [...ours, good, bad].map((name) => ({ name, done: true })),
  );
});

test('a migration that is cut half-way leaves nothing behind and is applied the next time', async () => {
  const databaseUrl = await server.migrated();
  const slow = await migration('slow', `CREATE TABLE half (x int); SELECT 'half-way', pg_sleep(60);`);
  const cut = applyMigrationsFrom(folder, databaseUrl).catch((error: unknown) => error);
  const session = `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
    WHERE query LIKE '%half-way%' AND wait_event = 'PgSleep' AND datname = current_database() AND pid <> pg_backend_pid()`;
  await waitFor(async () => (await rows(databaseUrl, session)).length > 0, {
    what: 'the migration is half-way',
  });
  expect(await cut).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  expect(await rows(databaseUrl, TABLES)).toEqual([{ kept: false, half: false }]);

  await migration('slow', 'CREATE TABLE half (x int);');
  expect(await applyMigrationsFrom(folder, databaseUrl)).toEqual({ applied: [slow] });
});

test('a database with tables of others is refused with the way out', async () => {
  const databaseUrl = await server.empty();
  await rows(databaseUrl, 'CREATE TABLE foreign_table (x int)');
  await expect(applyMigrations(databaseUrl)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining('The database schema is not empty'),
    fix: expect.stringContaining('prisma migrate resolve --applied'),
  });
});

test('a failed migration that another tool left is reported with the way out', async () => {
  const databaseUrl = await server.migrated();
  await rows(databaseUrl, 'UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(applyMigrations(databaseUrl)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining('found failed migrations'),
    fix: expect.stringContaining('prisma migrate resolve --rolled-back'),
  });
});

const UNUSABLE: [string, (url: URL) => void, RegExp, RegExp][] = [
  [
    'nobody listens',
    (url) => Object.assign(url, { port: '1' }),
    /no server is reachable at 127.0.0.1:1/,
    /host and port/,
  ],
  [
    'the password is wrong',
    (url) => Object.assign(url, { password: 'wrong' }),
    /authentication failed/,
    /password in/,
  ],
  [
    'the database is missing',
    (url) => Object.assign(url, { pathname: '/nope' }),
    /"nope" does not exist/,
    /Create/,
  ],
];

test.each(UNUSABLE)('when %s, the error says so and the fix', async (_what, change, message, fix) => {
  const url = new URL(await server.empty());
  const { password } = url;
  change(url);
  const error = await applyMigrations(url.href).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringMatching(message),
    fix: expect.stringMatching(fix),
  });
  expect(inspect(error, { depth: 10 })).not.toContain(password);
});

test('a text that is no PostgreSQL URL is a mistake of the configuration', async () => {
  for (const text of ['', 'localhost', 'mysql://localhost/x']) {
    await expect(applyMigrations(text)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
});

test('the program says what it applied, and then that there is nothing to do', async () => {
  const DATABASE_URL = await server.empty();
  const first = await migrateMain({ DATABASE_URL });
  expect(first).toEqual({
    code: 0,
    output: [...ours.map((name) => `Applied migration ${name}.`), UP_TO_DATE],
  });
  expect(await migrateMain({ DATABASE_URL })).toEqual({ code: 0, output: [UP_TO_DATE] });
});

test('the program ends with 1, the reason and the fix when it cannot work', async () => {
  expect(await migrateMain({ DATABASE_URL: undefined })).toEqual({
    code: 1,
    output: ['CONFIG_INVALID: DATABASE_URL is not set.', expect.stringMatching(/^Fix: Set it/)],
  });
  expect(await migrateMain({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' })).toEqual({
    code: 1,
    output: [
      'LEDGER_UNAVAILABLE: Postgres cannot be used: no server is reachable at 127.0.0.1:1',
      'Fix: Check that Postgres runs and that DATABASE_URL names its host and port.',
    ],
  });
});

const UP_TO_DATE = 'The database is up to date.';

async function migrateMain(env: Record<string, string | undefined>) {
  const program = await startProcess(new URL('../src/migrate-main.ts', import.meta.url), {
    env,
    waitFor: 'spawn',
  });
  const { code } = await program.exited;
  return { code, output: program.output().split('\n') };
}
