import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { Prisma } from '../src/generated/client.ts';
import { createGenerations } from '../src/generations.ts';
import { createLeases, type Fence, fencedBy, type Leases } from '../src/leases.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let leases: Leases;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "Lease", "ShardGeneration"`);
  leases = createLeases(rig.database);
});

const LONG_MS = 600_000;

async function hold(holder: string, ttlMs = LONG_MS): Promise<Fence> {
  const answer = await leases.acquire('reconciler', holder, ttlMs);
  if (answer.outcome !== 'held') throw new Error(`${holder} does not hold it`);
  return answer.fence;
}

/** Takes the lease as soon as it is over. */
const takeOver = (holder: string) =>
  waitFor(() => hold(holder).catch(() => undefined), { what: `${holder} takes the lease` });

test('of many who want it at once one holds it, and the others learn who', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => leases.acquire('reconciler', `p-${index}`, LONG_MS)),
  );
  const held = answers.filter(({ outcome }) => outcome === 'held');
  expect(held).toMatchObject([{ fence: { name: 'reconciler', epoch: 1 } }]);
  const { holder } = (await leases.get('reconciler')) ?? {};
  expect(answers.filter((answer) => answer.outcome === 'taken' && answer.by === holder)).toHaveLength(19);
});

test('renewing keeps the epoch and moves the end', async () => {
  const first = await leases.acquire('reconciler', 'a', 1_000);
  const again = await leases.acquire('reconciler', 'a', LONG_MS);
  expect(again).toMatchObject({ outcome: 'held', fence: { epoch: 1 } });
  expect(Number(again.expiresAt)).toBeGreaterThan(Number(first.expiresAt));
});

test('the epoch rises with each change of holder', async () => {
  expect((await hold('a', 1)).epoch).toBe(1);
  expect((await takeOver('b')).epoch).toBe(2);
  await leases.release({ name: 'reconciler', epoch: 2 });
  expect((await hold('a')).epoch).toBe(3);
});

test('a lease that is given up is free at once, and only its holder can give it up', async () => {
  const old = await hold('a', 1);
  const now = await takeOver('b');
  expect(await leases.release(old)).toBe(false);
  expect(await leases.acquire('reconciler', 'c', LONG_MS)).toMatchObject({ outcome: 'taken', by: 'b' });
  expect(await leases.release(now)).toBe(true);
  expect(await leases.acquire('reconciler', 'c', LONG_MS)).toMatchObject({ outcome: 'held' });
});

test('who took over is not disturbed by the old holder', async () => {
  await hold('a', 1);
  await takeOver('b');
  expect(await leases.acquire('reconciler', 'a', LONG_MS)).toMatchObject({ outcome: 'taken', by: 'b' });
});

test('a holder that slept past its end goes on when nobody came', async () => {
  await hold('a', 1);
  await waitFor(async () => (await leases.get('reconciler'))?.isExpired, { what: 'the lease is over' });
  expect((await hold('a')).epoch).toBe(1);
});

test('of an old leader no write is accepted, a hundred times', async () => {
  const generations = createGenerations(rig.database);
  for (let round = 1; round <= 100; round++) {
    const [old, now] = [await hold(`old-${round}`, 0), await hold(`new-${round}`)];
    const [stale, fresh] = await Promise.all([
      generations.note([{ shard: 0, generation: `stale-${round}`, beat: 1 }], old),
      generations.note([{ shard: 0, generation: `fresh-${round}`, beat: 1 }], now),
    ]);
    expect([stale, fresh]).toEqual([false, true]);
    expect((await generations.all())[0]?.generation).toBe(`fresh-${round}`);
    await leases.release(now);
  }
});

test('nobody takes the lease between the check and the commit of a guarded write', async () => {
  const fence = await hold('a', 1);
  await rig.database.transaction(async (transaction) => {
    await transaction.query(Prisma.sql`WITH ${fencedBy(fence)} SELECT * FROM fence`);
    let taken = false;
    const taking = takeOver('b').then(() => {
      taken = true;
    });
    await waitFor(
      async () =>
        (await rig.database.query(Prisma.sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`))
          .length > 0,
      { what: 'the other one waits' },
    );
    expect(taken).toBe(false);
    // Not awaited here: it can go on only after the commit.
    taking.catch(() => {});
  }, 30_000);
  await waitFor(async () => (await leases.get('reconciler'))?.holder === 'b', {
    what: 'the lease is taken after',
  });
});

test('a beat goes forward within a generation, and begins anew with another', async () => {
  const generations = createGenerations(rig.database);
  const fence = await hold('a');
  const note = (generation: string, beat: number) =>
    generations.note([{ shard: 1, generation, beat }], fence);
  await note('g1', 10);
  await note('g1', 7);
  expect(await generations.all()).toEqual([
    { shard: 1, generation: 'g1', beat: 10, seenAt: expect.any(Date) },
  ]);
  await note('g2', 3);
  expect(await generations.all()).toMatchObject([{ generation: 'g2', beat: 3 }]);
});
