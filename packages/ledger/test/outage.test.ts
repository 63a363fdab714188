import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLedger } from '../src/ledger.ts';
import { applyMigrations } from '../src/migrate.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

let server: LedgerServer;
beforeAll(async () => {
  server = await startLedgerServer();
});
afterAll(() => server.stop());

const UNAVAILABLE = { code: 'LEDGER_UNAVAILABLE', fix: expect.any(String) };

/** Rejects when `promise` is still pending after `deadlineMs`: a frozen server must not freeze us. */
async function within<T>(deadlineMs: number, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await waitFor(() => settled, { what: 'the call has settled', deadlineMs });
  return promise;
}

test('a ping of a server that is there resolves', async () => {
  const ledger = createLedger({ databaseUrl: await server.migrated() });
  await waitFor(() => ledger.ping(5_000).then(() => true), { what: 'a ping is answered' });
  await ledger.close();
});

test('a ping of a server that is not there tells the fix', async () => {
  const ledger = createLedger({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none' });
  await expect(ledger.ping(5_000)).rejects.toMatchObject({
    ...UNAVAILABLE,
    message: 'Postgres cannot be used: no server is reachable at 127.0.0.1:1',
  });
  await expect(ledger.workspaces.ensure(['acme'])).rejects.toMatchObject(UNAVAILABLE);
  await ledger.close();
});

test('a database without the migrations is answered with how to apply them', async () => {
  const ledger = createLedger({ databaseUrl: await server.empty() });
  await waitFor(() => ledger.ping(5_000).then(() => true), { what: 'a ping is answered' });
  await expect(ledger.workspaces.get('acme')).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    fix: expect.stringContaining('Apply the migrations'),
  });
  await ledger.close();
});

test('a frozen Postgres fails pings at their deadline and calls in bounded time, and all works after the thaw', async () => {
  const ledger = createLedger({ databaseUrl: await server.migrated(), poolSize: 2 });
  await ledger.workspaces.ensure(['acme']);
  const frozen = await server.freeze();
  try {
    // More pings than the pool has connections.
    for (let round = 0; round < 5; round++) {
      const error = await within(
        10_000,
        ledger.ping(50).catch((thrown: unknown) => thrown),
      );
      expect(error).toMatchObject({
        ...UNAVAILABLE,
        message: 'Postgres cannot be used: no answer within 50 ms',
      });
    }
    const calls = Array.from({ length: 6 }, () =>
      ledger.workspaces.get('acme').catch((error: unknown) => error),
    );
    for (const error of await within(30_000, Promise.all(calls))) expect(error).toMatchObject(UNAVAILABLE);
    // Now the connections are gone, and a new one cannot be opened either.
    await expect(within(10_000, ledger.ping(50))).rejects.toMatchObject(UNAVAILABLE);
  } finally {
    frozen.thaw();
  }
  await waitFor(() => ledger.ping(1_000).then(() => true), { what: 'a ping after the thaw' });
  expect(await ledger.workspaces.update('acme', { weight: 2 }, 1)).toMatchObject({ outcome: 'updated' });
  await ledger.close();
});

test('a ledger closes in bounded time while Postgres is frozen', async () => {
  const ledger = createLedger({ databaseUrl: await server.migrated(), poolSize: 2 });
  await ledger.workspaces.ensure(['acme']);
  const frozen = await server.freeze();
  try {
    const call = ledger.workspaces.get('acme').catch((error: unknown) => error);
    await within(30_000, ledger.close());
    expect(await call).toMatchObject(UNAVAILABLE);
  } finally {
    frozen.thaw();
  }
});

test('migrations of a frozen Postgres fail in bounded time', async () => {
  const databaseUrl = await server.empty();
  const frozen = await server.freeze();
  try {
    const error = await within(
      25_000,
      applyMigrations(databaseUrl).catch((thrown: unknown) => thrown),
    );
    expect(error).toMatchObject(UNAVAILABLE);
  } finally {
    frozen.thaw();
  }
  expect((await applyMigrations(databaseUrl)).applied).not.toEqual([]);
});

test('sessions that the server cut are replaced', async () => {
  const ledger = createLedger({ databaseUrl: await server.migrated() });
  await ledger.workspaces.ensure(['acme']);
  await server.cutSessions();
  await waitFor(() => ledger.workspaces.get('acme'), { what: 'a read after the cut' });
  await ledger.close();
});

test('a closed ledger refuses calls and holds no connection', async () => {
  const databaseUrl = await server.migrated();
  const ledger = createLedger({ databaseUrl });
  await Promise.all([ledger.workspaces.ensure(['acme']), ledger.workspaces.list({ limit: 1 })]);
  await ledger.close();
  await expect(ledger.workspaces.get('acme')).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: 'The ledger is closed: this process is stopping.',
  });
  await waitFor(async () => (await server.sessions(databaseUrl)) === 0, { what: 'no session is left' });
});

test('no more connections than the pool has, and none before the first call', async () => {
  const databaseUrl = await server.migrated();
  const ledger = createLedger({ databaseUrl, poolSize: 3 });
  expect(await server.sessions(databaseUrl)).toBe(0);
  await Promise.all(Array.from({ length: 40 }, (_, index) => ledger.workspaces.ensure([`ws-${index}`])));
  expect(await server.sessions(databaseUrl)).toBe(3);
  await ledger.close();
});

test('a URL of something else is refused at once', () => {
  expect(() => createLedger({ databaseUrl: 'localhost' })).toThrow('not a PostgreSQL URL');
});
