/** `ctx.once` against real servers: what two overlapping jobs write through `tx` is applied once. */
import { type Context, createConsumer } from '@fairlead/consumer';
import { applyMigrations, createLedger, type Ledger } from '@fairlead/ledger';
import { createProducer, createScheduler, type Scheduler } from '@fairlead/scheduler';
import { privatePostgres, privateRedis, type TestPostgres, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

let redis: TestRedis;
let postgres: TestPostgres;
let ledger: Ledger;
let scheduler: Scheduler;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  // The database that the test's own statements run on.
  const databaseUrl = new URL('/postgres', postgres.url).href;
  await applyMigrations(databaseUrl);
  await postgres.query('CREATE TABLE account (id int PRIMARY KEY, cents int NOT NULL)');
  ledger = createLedger({ databaseUrl });
  scheduler = createScheduler({ redis });
  await scheduler.writeGeneration();
}, 60_000);

afterAll(async () => {
  await scheduler.close();
  await ledger.close();
  await Promise.all([redis.stop(), postgres.stop()]);
});

/** Runs `pay` in two jobs that are under way at once; gives the cents and the effects that were suppressed. */
async function payTwice(id: number, pay: (ctx: Context) => Promise<unknown>) {
  await postgres.query(`INSERT INTO account VALUES (${id}, 0)`);
  let begun = 0;
  let finished = 0;
  let suppressed = 0;
  const run = async (_job: unknown, ctx: Context) => {
    begun++;
    await waitFor(() => begun === 2 || undefined, { what: 'both are under way' });
    return pay(ctx);
  };
  const consumer = createConsumer({
    handlers: { pay: { input: z.unknown(), run } },
    redis: { url: redis.url },
    ledger,
    onEvent: ({ event, ...rest }) => {
      if (event === 'finished' && 'outcome' in rest && rest.outcome === 'completed') finished++;
      if (event === 'effect_suppressed') suppressed++;
    },
  });
  await consumer.start();
  const job = (name: string) => ({ workspace: 'acme', id: `${name}-${id}`, type: 'pay', payload: null });
  await createProducer(scheduler).add([job('one'), job('two')]);
  await waitFor(() => finished === 2 || undefined, { what: 'both are finished' });
  await consumer.drain(2_000);
  const [row] = await postgres.query(`SELECT cents FROM account WHERE id = ${id}`);
  return { cents: Number(row?.['cents']), suppressed };
}

test('what overlapping runs write through tx is applied once', async () => {
  const pay = (ctx: Context) =>
    ctx.once('pay:1', ({ tx }) => tx.execute('UPDATE account SET cents = cents + 5 WHERE id = 1'), {
      transaction: true,
    });
  expect(await payTwice(1, pay)).toEqual({ cents: 5, suppressed: 1 });
});

test('without once it is applied twice', async () => {
  const pay = () => postgres.query('UPDATE account SET cents = cents + 5 WHERE id = 2');
  expect(await payTwice(2, pay)).toEqual({ cents: 10, suppressed: 0 });
});
