import { FairleadError } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAudit } from '../src/audit.ts';
import { createEffects, type Effects } from '../src/effects/effects.ts';
import { Prisma } from '../src/generated/client.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { newId } from './some-jobs.ts';

let server: LedgerServer;
let database: CountingDatabase;
let effects: Effects;

beforeAll(async () => {
  server = await startLedgerServer();
  database = openCounting(await server.migrated());
  await database.query(Prisma.sql`CREATE TABLE "Account" ("id" int PRIMARY KEY, "cents" int NOT NULL)`);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query(Prisma.sql`TRUNCATE "Effect", "Account"`);
  await database.query(Prisma.sql`INSERT INTO "Account" VALUES (1, 0)`);
  effects = createEffects(database);
  database.statements();
});

const mail = (change: Partial<Parameters<Effects['claim']>[0]> = {}) => ({
  workspace: 'acme',
  effectKey: 'mail-1',
  jobId: newId(),
  attempt: 1,
  ...change,
});
const held = (claim: number) => ({ workspace: 'acme', effectKey: 'mail-1', claim });
const row = () => effects.get('acme', 'mail-1');
const cents = async () =>
  (await database.query<{ cents: number }>(Prisma.sql`SELECT "cents" FROM "Account"`))[0]?.cents;

/** Waits until a claim of so few milliseconds is over. */
const expired = () =>
  waitFor(
    async () => {
      const [found] = await database.query<{ over: boolean }>(
        Prisma.sql`SELECT "expiresAt" <= clock_timestamp() AS over FROM "Effect"`,
      );
      return found?.over;
    },
    { what: 'the claim is over' },
  );

test('of twenty who claim at once one runs it, and the others are told that somebody is at it', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => effects.claim(mail())));
  expect(claims.filter(({ outcome }) => outcome === 'claimed')).toEqual([{ outcome: 'claimed', claim: 1 }]);
  expect(claims.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(19);
});

test('a repeat gets the recorded result and is counted as suppressed', async () => {
  expect(await effects.claim(mail())).toEqual({ outcome: 'claimed', claim: 1 });
  expect(await effects.record(held(1), '{"id":"m-7"}')).toEqual({ outcome: 'recorded' });
  expect(database.statements()).toBe(2);
  for (let repeat = 0; repeat < 3; repeat++) {
    expect(await effects.claim(mail({ attempt: 2 }))).toEqual({ outcome: 'recorded', result: { id: 'm-7' } });
  }
  expect(await row()).toMatchObject({ outcome: 'succeeded', executions: 1, suppressed: 3, attempt: 1 });
});

test('the same key in another workspace is another effect', async () => {
  await effects.claim(mail());
  expect(await effects.claim(mail({ workspace: 'other' }))).toEqual({ outcome: 'claimed', claim: 1 });
});

test('an effect that is known not to have happened is run by the next claim, and is no duplicate', async () => {
  await effects.claim(mail());
  expect(await effects.fail(held(1), 'mailbox full')).toEqual({ outcome: 'recorded' });
  expect(await row()).toMatchObject({ outcome: 'failed', error: 'mailbox full', executions: 0 });
  expect(await effects.claim(mail({ attempt: 2 }))).toEqual({ outcome: 'claimed', claim: 2 });
  await effects.record(held(2), undefined);
  expect(await row()).toMatchObject({ outcome: 'succeeded', executions: 1, error: null });
  expect(await effects.claim(mail())).toEqual({ outcome: 'recorded', result: undefined });
});

test('a process that died between the claim and the outcome leaves an unknown effect for an operator', async () => {
  await effects.claim(mail({ claimMs: 1 }));
  await expired();
  expect(await effects.claim(mail({ attempt: 2 }))).toEqual({
    outcome: 'unknown',
    sinceMs: expect.any(Number),
  });
  expect(await effects.page('acme', 'unknown', { limit: 10 })).toMatchObject([
    { effectKey: 'mail-1', executions: 0 },
  ]);
  expect(await effects.resolve('acme', 'mail-1', { happened: true })).toEqual({ outcome: 'resolved' });
  expect(await effects.claim(mail())).toEqual({ outcome: 'recorded', result: undefined });
  expect(await row()).toMatchObject({ executions: 1, suppressed: 1 });
  expect(await effects.resolve('acme', 'mail-1', { happened: false })).toEqual({
    outcome: 'not_unknown',
    is: 'succeeded',
  });
  expect(await effects.resolve('acme', 'none', { happened: false })).toEqual({ outcome: 'not_found' });
});

test('what an operator knows of the result, repeats get, and the audit says only who resolved the effect', async () => {
  const jobId = newId();
  await effects.claim(mail({ jobId, claimMs: 1 }));
  await expired();
  const finding = { happened: true, resultJson: '{"id":"m-7"}' } as const;
  expect(await effects.resolve('acme', 'mail-1', finding, { actor: 'key:test' })).toEqual({
    outcome: 'resolved',
  });
  expect(await effects.claim(mail())).toEqual({ outcome: 'recorded', result: { id: 'm-7' } });
  expect(await effects.resolve('acme', 'mail-1', finding, { actor: 'key:test' })).toMatchObject({
    outcome: 'not_unknown',
  });
  expect(await createAudit(database).page({ subject: 'effect:acme/mail-1', limit: 10 })).toMatchObject([
    {
      actor: 'key:test',
      action: 'effect.resolve',
      subject: 'effect:acme/mail-1',
      workspace: 'acme',
      before: { outcome: 'unknown', jobId, attempt: 1 },
      after: { outcome: 'succeeded' },
    },
  ]);
});

test('an unknown effect that did not happen is run again', async () => {
  await effects.claim(mail({ claimMs: 1 }));
  await expired();
  expect(await effects.resolve('acme', 'mail-1', { happened: false })).toEqual({ outcome: 'resolved' });
  expect(await effects.claim(mail())).toEqual({ outcome: 'claimed', claim: 2 });
});

test('a handler that may repeat an unknown effect does, and the second execution is counted as a duplicate', async () => {
  await effects.claim(mail({ claimMs: 1 }));
  await expired();
  const claims = await Promise.all(
    Array.from({ length: 10 }, () => effects.claim(mail({ attempt: 2, whenUnknown: 'retry' }))),
  );
  expect(claims.filter(({ outcome }) => outcome === 'claimed')).toEqual([{ outcome: 'claimed', claim: 2 }]);
  await effects.record(held(2), '2');
  expect(await effects.record(held(1), '1')).toEqual({ outcome: 'late' });
  expect(await row()).toMatchObject({ executions: 2, result: 2 });
  expect(await effects.page('acme', 'duplicate', { limit: 10 })).toHaveLength(1);
  expect(await effects.page('acme', 'duplicate', { limit: 10, after: 'mail-1' })).toEqual([]);
  expect(await effects.page('other', 'duplicate', { limit: 10 })).toEqual([]);
});

test('a slow process whose claim was held, not repeated, still records what it did', async () => {
  await effects.claim(mail({ claimMs: 1 }));
  await expired();
  await effects.claim(mail());
  expect(await effects.record(held(1), '"slow"')).toEqual({ outcome: 'recorded' });
  expect(await effects.claim(mail())).toEqual({ outcome: 'recorded', result: 'slow' });
});

const deposit = (tx: Parameters<Parameters<Effects['once']>[1]>[0]) =>
  tx.execute('UPDATE "Account" SET "cents" = "cents" + $1 WHERE "id" = $2', [100, 1]);

test('what is written in the same Postgres is applied once under twenty concurrent attempts', async () => {
  let runs = 0;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      effects.once(mail(), async (tx) => {
        runs++;
        expect(await deposit(tx)).toBe(1);
        return '"paid"';
      }),
    ),
  );
  expect(runs).toBe(1);
  expect(await cents()).toBe(100);
  expect(answers.filter(({ outcome }) => outcome === 'applied')).toEqual([
    { outcome: 'applied', resultJson: '"paid"' },
  ]);
  expect(answers.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(19);
  expect(await row()).toMatchObject({ executions: 1, suppressed: 19, outcome: 'succeeded' });
});

test('a handler that throws takes back what it wrote, and the next attempt applies it', async () => {
  const boom = new Error('boom');
  const failing = effects.once(mail(), async (tx) => {
    await deposit(tx);
    throw boom;
  });
  await expect(failing).rejects.toBe(boom);
  expect(await cents()).toBe(0);
  expect(await row()).toBeUndefined();
  const again = await effects.once(mail({ attempt: 2 }), async (tx) => {
    await deposit(tx);
    return (await tx.query<{ cents: number }>('SELECT "cents" FROM "Account"'))[0]?.cents.toString();
  });
  expect(again).toEqual({ outcome: 'applied', resultJson: '100' });
});

test('what Postgres says against a statement of the handler is the error of the handler, and no outage', async () => {
  const statements: [string, string, RegExp][] = [
    ['SELECT "nothing" FROM "Account"', '42703', /column "nothing" does not exist/],
    ['SELECT 1 FROM "NoTable"', '42P01', /relation "NoTable" does not exist/],
    ['SELEC 1', '42601', /syntax error/],
    ['SELECT 1 / 0', '22012', /division by zero/],
    ['INSERT INTO "Account" SELECT * FROM "Account"', '23505', /duplicate key|constraint/i],
  ];
  for (const [statement, code, message] of statements) {
    const failing = effects.once(mail(), async (tx) => {
      await deposit(tx);
      await tx.query(statement);
      return undefined;
    });
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(failing).rejects.not.toBeInstanceOf(FairleadError);
  }
  const cancelled = effects.once(mail(), async (tx) => {
    await tx.execute("SET LOCAL statement_timeout = '20ms'");
    await tx.query('SELECT pg_sleep(3)::text');
    return undefined;
  });
  await expect(cancelled).rejects.toMatchObject({ code: '57014' });
  expect(await cents()).toBe(0);
  expect(await row()).toBeUndefined();
});

test('an error that looks like an outage of ours stays the error of the handler', async () => {
  const theirs = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  await expect(effects.once(mail(), () => Promise.reject(theirs))).rejects.toBe(theirs);
});

test('a session that is cut in the middle leaves neither the effect nor the claim', async () => {
  const cut = effects.once(mail(), async (tx) => {
    await deposit(tx);
    await server.cutSessions();
    await deposit(tx);
    return undefined;
  });
  await expect(cut).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  await waitFor(
    () =>
      cents().then(
        (is) => is === 0,
        () => false,
      ),
    { what: 'a connection is back' },
  );
  expect(await effects.once(mail(), async (tx) => String(await deposit(tx)))).toMatchObject({
    outcome: 'applied',
  });
  expect(await cents()).toBe(100);
});

test('transactions that wait leave connections to the others', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = Array.from({ length: 10 }, (_, index) =>
    effects.once(mail({ effectKey: `k-${index}` }), async () => {
      await promise;
      return undefined;
    }),
  );
  expect(await effects.claim(mail())).toMatchObject({ outcome: 'claimed' });
  resolve();
  expect(new Set((await Promise.all(slow)).map(({ outcome }) => outcome))).toEqual(new Set(['applied']));
});

test('a key that cannot be stored is refused', async () => {
  await expect(effects.claim(mail({ effectKey: 'a\u0000' }))).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
  await expect(effects.claim(mail({ effectKey: '' }))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('pruning deletes old effects whose outcome is known, and leaves what an operator has to see', async () => {
  for (const effectKey of ['done', 'open', 'failed']) await effects.claim(mail({ effectKey, claimMs: 1 }));
  await effects.record({ workspace: 'acme', effectKey: 'done', claim: 1 }, undefined);
  await effects.fail({ workspace: 'acme', effectKey: 'failed', claim: 1 }, 'x');
  expect(await effects.prune(3_600_000, 10)).toBe(0);
  await database.query(Prisma.sql`UPDATE "Effect" SET "firstAt" = now() - interval '2 hours'`);
  expect(await effects.prune(3_600_000, 1)).toBe(1);
  expect(await effects.prune(3_600_000, 10)).toBe(1);
  expect(await effects.get('acme', 'open')).toBeDefined();
});
