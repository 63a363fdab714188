import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { privatePostgres, type TestPostgres } from '../src/index.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await privatePostgres();
});
afterAll(() => postgres.stop());

test('it is PostgreSQL 18 with UTF-8', async () => {
  expect(
    await postgres.query(
      "SELECT current_setting('server_version') AS v, current_setting('server_encoding') AS e",
    ),
  ).toEqual([{ v: expect.stringMatching(/^18\./), e: 'UTF8' }]);
});

test('every call has a database of its own on one server', async () => {
  const other = await privatePostgres();
  expect(other.port).toBe(postgres.port);
  expect(other.url).not.toBe(postgres.url);
  const copy = await postgres.database(other.url);
  const names = (await postgres.query('SELECT datname FROM pg_database')).map((row) => row.datname);
  for (const url of [postgres.url, other.url, copy]) expect(names).toContain(new URL(url).pathname.slice(1));
  await other.stop();
  expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a wrong statement rejects', async () => {
  await expect(postgres.query('SELEC 1')).rejects.toThrow('syntax error');
});
