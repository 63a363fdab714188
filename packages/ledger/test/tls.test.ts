/** TLS to Postgres, as DATABASE_URL asks for it: checked, and never quietly off. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority, privatePostgres, type TestPostgres, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLedger } from '../src/index.ts';
import { applyMigrations } from '../src/migrate.ts';

const authority = certificateAuthority('Fairlead tests');
let postgres: TestPostgres;
let folder = '';
let ca = '';
let anotherCa = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-pg-tls-'));
  ca = join(folder, 'ca.pem');
  anotherCa = join(folder, 'another.pem');
  writeFileSync(ca, authority.ca);
  writeFileSync(anotherCa, certificateAuthority('Fairlead tests').ca);
  postgres = await privatePostgres();
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets the server write a file into its data folder, as the user that it runs as. */
async function put(name: string, content: string): Promise<void> {
  await postgres.query(
    `COPY (SELECT unnest(string_to_array('${content.trim()}', E'\\n'))) TO PROGRAM 'umask 077 && cat > ${name}'`,
  );
}

async function serveTls(...hosts: readonly string[]): Promise<void> {
  const { cert, key } = authority.issue(...hosts);
  await put('server.crt', cert);
  await put('server.key', key);
  await postgres.query('ALTER SYSTEM SET ssl = on');
  await postgres.query('SELECT pg_reload_conf()');
  await waitFor(async () => (await postgres.query('SHOW ssl'))[0]?.['ssl'] === 'on', { what: 'TLS is on' });
}

const urlWith = (query: string) => `${postgres.url}?${query}`;

/** Whether the ledger's sessions are encrypted. */
async function encrypted(databaseUrl: string): Promise<unknown> {
  const ledger = createLedger({ databaseUrl });
  try {
    await ledger.ping(5_000);
    const rows = await postgres.query(
      'SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) ' +
        `WHERE datname = '${new URL(databaseUrl).pathname.slice(1)}'`,
    );
    return rows.map((row) => row['ssl']);
  } finally {
    await ledger.close();
  }
}

test('a server without TLS is refused where TLS is asked for', async () => {
  await expect(encrypted(urlWith('sslmode=verify-full'))).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringMatching(/does not support (SSL|TLS)/),
    fix: expect.stringContaining('sslmode'),
  });
});

test('a server with a certificate of the right authority is used, by the ledger and the migrations', async () => {
  await serveTls('127.0.0.1');
  const url = urlWith(`sslmode=verify-full&sslrootcert=${ca}`);
  await applyMigrations(url);
  expect(await encrypted(url)).toEqual([true]);
});

test.each([
  ['another authority', () => `sslmode=verify-full&sslrootcert=${anotherCa}`],
  ['the authorities of Node, which do not know ours', () => 'sslmode=verify-full'],
  ['a mode that checks less in other programs', () => 'sslmode=require'],
])('a server that is checked with %s is refused, with the cause', async (_what, query) => {
  await serveTls('127.0.0.1');
  await expect(encrypted(urlWith(query()))).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringMatching(/certificate|signature/),
    fix: expect.stringContaining('sslrootcert'),
  });
  await expect(applyMigrations(urlWith(query()))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});

test('a file of authorities that is not there is told', async () => {
  const url = urlWith(`sslmode=verify-full&sslrootcert=${join(folder, 'absent.pem')}`);
  await expect(encrypted(url)).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringContaining('absent.pem'),
  });
});

test('a certificate for another host is refused', async () => {
  await serveTls('postgres.example');
  await expect(encrypted(urlWith(`sslmode=verify-full&sslrootcert=${ca}`))).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringContaining('does not match certificate'),
    fix: expect.stringContaining('host'),
  });
});
