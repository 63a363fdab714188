import { NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { SHARES } from '../src/control/counts/counted-windows.ts';
import { type Counts, createWindowCounts, type WindowCounts } from '../src/control/counts/window-counts.ts';
import { Prisma } from '../src/generated/client.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { useDatabase } from './use-database.ts';

const rig = useDatabase();
let fence: Fence;

beforeEach(async () => {
  await rig.database.query(Prisma.sql`TRUNCATE "Lease", "WindowCounts"`);
  fence = await lead('a');
});

async function lead(holder: string, ttlMs = 0): Promise<Fence> {
  return waitFor(
    async () => {
      const answer = await createLeases(rig.database).acquire('controller', holder, ttlMs);
      return answer.outcome === 'held' ? answer.fence : undefined;
    },
    { what: `${holder} leads`, everyMs: 2 },
  );
}

const START_MS = 1_767_225_600_000;
const jobs = (n: number): WorkspaceCounts => ({ ...NO_COUNTS, started: n, finished: n, wait: [3, n] });
const acme = ({ windows }: Counts) => windows.get('acme', START_MS);

const rows = () =>
  rig.database.query<{ save: number; bytes: number }>(
    Prisma.sql`SELECT "save"::float8 AS save, length("segment") AS bytes FROM "WindowCounts" ORDER BY "save"`,
  );

/** A leader, and the stream of reports that it counts: report n says that n jobs finished, and is at place n. */
function createCounter(store: WindowCounts) {
  let counts: Counts | undefined;
  const held = () => {
    if (counts === undefined) throw new Error('it has not begun');
    return counts;
  };
  return {
    async begin() {
      counts = await store.read();
    },
    readTo(end: number) {
      for (let place = Number(held().cursor ?? 0) + 1; place <= end; place++) {
        held().windows.add('acme', START_MS, jobs(place));
        counts = { ...held(), cursor: String(place) };
      }
    },
    save: (by: Fence) => store.save(held(), by),
    total: () => acme(held())?.finished ?? 0,
  };
}
const sumTo = (n: number) => (n * (n + 1)) / 2;

/** Counts some jobs more, and saves. */
async function countAndSave(store: WindowCounts, counts: Counts, n: number, cursor: string, by = fence) {
  counts.windows.add('acme', START_MS, jobs(n));
  return store.save({ ...counts, cursor, head: { n } }, by);
}

test('before the first save nothing is stored', async () => {
  const { windows, ...rest } = await createWindowCounts(rig.database).read();
  expect(rest).toEqual({ cursor: undefined, head: undefined });
  expect([...windows.names()]).toEqual([]);
});

test('what was saved is what the next leader reads: windows, the rest, and the place in the stream', async () => {
  const store = createWindowCounts(rig.database);
  const counts = await store.read();
  counts.windows.add('globex', 5, { ...NO_COUNTS, dead: 2, run: [1, 1] });
  counts.windows.add('acme', 5, { ...NO_COUNTS, dead: 1 });
  await countAndSave(store, counts, 3, '7-0');
  counts.windows.drop('globex', 5);
  await countAndSave(store, counts, 2, '8-0');
  const read = await createWindowCounts(rig.database).read();
  expect(read).toMatchObject({ cursor: '8-0', head: { n: 2 } });
  expect([...read.windows.names()]).toEqual(['acme']);
  expect([...read.windows.startsOf('acme')].sort((a, b) => a - b)).toEqual([5, START_MS]);
  expect(acme(read)).toEqual(jobs(5));
});

test('a save is one statement, and after any number of them a few rows are kept', async () => {
  const store = createWindowCounts(rig.database);
  const counts = await store.read();
  for (let n = 1; n <= 3 * SHARES; n++) {
    rig.database.statements();
    expect(await countAndSave(store, counts, 1, String(n))).toBe('saved');
    expect(rig.database.statements()).toBe(1);
  }
  expect(await rows()).toHaveLength(SHARES);
  expect(acme(await createWindowCounts(rig.database).read())).toEqual(jobs(3 * SHARES));
});

test('the first save of a leader has everything, and the rows of the one before go', async () => {
  const [first, second] = [createWindowCounts(rig.database), createWindowCounts(rig.database)];
  const counts = await first.read();
  for (let n = 1; n <= 4; n++) await countAndSave(first, counts, 1, String(n));
  await second.save(await second.read(), await lead('b'));
  expect((await rows()).map(({ save }) => save)).toEqual([5]);
  expect(acme(await createWindowCounts(rig.database).read())).toEqual(jobs(4));
});

test('an earlier leader stores nothing any more', async () => {
  const store = createWindowCounts(rig.database);
  const counts = await store.read();
  await countAndSave(store, counts, 1, '1');
  await lead('b');
  expect(await countAndSave(store, counts, 1, '2')).toBe('lease_lost');
  expect((await createWindowCounts(rig.database).read()).cursor).toBe('1');
});

test('of two that read the same, one saves', async () => {
  const store = createWindowCounts(rig.database);
  const both = await Promise.all([store.read(), store.read()]);
  const outcomes = await Promise.all(both.map((counts, n) => countAndSave(store, counts, 1, String(n))));
  expect(outcomes.sort()).toEqual(['lease_lost', 'saved']);
  expect(await rows()).toHaveLength(1);
});

test('a leader that is killed anywhere loses no count, and none counts twice', async () => {
  const counter = () => createCounter(createWindowCounts(rig.database));
  let place = 0;
  for (const end of ['before it saved', 'with its answer lost', 'after it saved'] as const) {
    const leader = counter();
    const held = await lead(`leader ${end}`);
    await leader.begin();
    leader.readTo(place + 3);
    await leader.save(held);
    leader.readTo(place + 5);
    // The rest of it is in the stream only, or in a row that it knows nothing of.
    if (end !== 'before it saved') await leader.save(held);
    const next = counter();
    const heldNext = await lead('next');
    await next.begin();
    place += 6;
    next.readTo(place);
    expect({ end, total: next.total() }).toEqual({ end, total: sumTo(place) });
    expect(await leader.save(held)).toBe('lease_lost');
    expect(await next.save(heldNext)).toBe('saved');
  }
  const last = counter();
  await last.begin();
  expect(last.total()).toBe(sumTo(place));
});

test.each([
  ['stored', true],
  ['not stored', false],
])('a leader whose save was rejected, and was %s, goes on and is right', async (_, isStored) => {
  let isCut = false;
  const { database } = rig;
  const store = createWindowCounts({
    async query(statement) {
      if (!isCut) return database.query(statement);
      if (isStored) await database.query(statement);
      throw new Error('the connection is gone');
    },
  });
  const leader = createCounter(store);
  await leader.begin();
  for (let place = 2; place <= 30; place += 2) {
    leader.readTo(place);
    isCut = place % 6 === 0;
    if (isCut) await expect(leader.save(fence)).rejects.toThrow('gone');
    else expect(await leader.save(fence)).toBe('saved');
    if (isCut && place === 18) {
      // Twice in a row.
      leader.readTo(place + 1);
      await expect(leader.save(fence)).rejects.toThrow('gone');
    }
  }
  isCut = false;
  expect(await leader.save(fence)).toBe('saved');
  const next = createCounter(createWindowCounts(database));
  await next.begin();
  expect(next.total()).toBe(sumTo(30));
});
