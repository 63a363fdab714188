/** A transaction that the network cut short must leave nothing, neither in Postgres nor on its connection. */
import { type FaultProxy, faultProxy } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLedger, type Ledger } from '../src/index.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

let server: LedgerServer;
let proxy: FaultProxy;
let ledger: Ledger;

beforeAll(async () => {
  server = await startLedgerServer();
  const url = await server.migrated();
  proxy = await faultProxy({ port: Number(new URL(url).port) });
  // One connection: who comes next gets that of who came before.
  ledger = createLedger({ databaseUrl: proxy.through(url), poolSize: 1 });
}, 60_000);

afterAll(async () => {
  await ledger.close();
  await proxy.close();
  await server.stop();
});

const effect = (effectKey: string) => ({ workspace: 'acme', effectKey, jobId: 'j', attempt: 1 });

test('a transaction whose statements meet silence is no part of what its connection does next', async () => {
  const cutOff = ledger.effects.once(effect('cut-off'), async (tx) => {
    proxy.silence();
    await tx.execute('SELECT 1');
    return undefined;
  });
  await expect(cutOff).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  expect(proxy.counts().heldChunks).toBeGreaterThan(0);
  proxy.pass();
  // A commit takes along whatever its connection has begun.
  expect(await ledger.effects.once(effect('next'), async () => undefined)).toMatchObject({
    outcome: 'applied',
  });
  expect(await ledger.effects.get('acme', 'cut-off')).toBeUndefined();
}, 60_000);
