import { privatePostgres, type TestPostgres } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyMigrations, inspectDatabase } from '../src/index.ts';

let postgres: TestPostgres;
let url: string;
beforeAll(async () => {
  postgres = await privatePostgres();
  // The one that `query` is for.
  url = Object.assign(new URL(postgres.url), { pathname: '/postgres' }).href;
}, 60_000);
afterAll(() => postgres.stop());

test('an empty database lacks every migration, and one that was migrated none', async () => {
  const empty = await inspectDatabase(url, 5_000);
  expect(empty).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+$/), unknown: [] });
  const { applied } = await applyMigrations(url);
  expect(empty.pending).toEqual(applied);
  expect(await inspectDatabase(url, 5_000)).toMatchObject({ pending: [], unknown: [] });
});

test('migrations of a newer version are told, and failed ones are not there', async () => {
  await applyMigrations(url);
  await postgres.query(`INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at")
    VALUES ('n', '', '9999_newer', now()), ('f', '', '9998_failed', NULL)`);
  expect((await inspectDatabase(url, 5_000)).unknown).toEqual(['9999_newer']);
  await postgres.query(`DELETE FROM "_prisma_migrations" WHERE "id" IN ('n', 'f')`);
});

test('its clock is read', async () => {
  const before = Date.now();
  const { nowMs } = await inspectDatabase(url, 5_000);
  expect(nowMs).toBeGreaterThanOrEqual(before);
  expect(nowMs).toBeLessThanOrEqual(Date.now());
});

test('a database that is not there, or does not answer, is LEDGER_UNAVAILABLE within the deadline', async () => {
  const away = Object.assign(new URL(url), { port: '9' }).href;
  await expect(inspectDatabase(away, 5_000)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  const thaw = await postgres.freeze();
  try {
    await expect(inspectDatabase(url, 300)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  } finally {
    thaw();
  }
});
