import { NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { SHARES } from '../src/control/counts/saved-windows.ts';
import { createWindowCounts, type WindowCounts } from '../src/control/counts/window-counts.ts';
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

const finished = (n: number): WorkspaceCounts => ({ ...NO_COUNTS, started: n, finished: n, wait: [3, n] });
const acme = (n: number) => ({ workspace: 'acme', startMs: 1_767_225_600_000, counts: finished(n) });

const rows = () =>
  rig.database.query<{ save: number; bytes: number }>(
    Prisma.sql`SELECT "save"::float8 AS save, length("segment") AS bytes FROM "WindowCounts" ORDER BY "save"`,
  );

/** A leader, and the stream of reports that it counts: report n says that n jobs finished, and is at place n. */
function createCounter(store: WindowCounts) {
  let [total, cursor, dirty] = [0, 0, false];
  return {
    async begin() {
      const saved = await store.read();
      [total, cursor, dirty] = [saved.entries[0]?.counts.finished ?? 0, Number(saved.cursor ?? 0), false];
    },
    readTo(end: number) {
      while (cursor < end) {
        total += ++cursor;
        dirty = true;
      }
    },
    save: (by: Fence) => {
      const changed = dirty ? [acme(total)] : [];
      dirty = false;
      return store.save({ cursor: String(cursor), head: { total }, changed, ended: [] }, by);
    },
    total: () => total,
  };
}
const sumTo = (n: number) => (n * (n + 1)) / 2;

test('before the first save nothing is stored', async () => {
  expect(await createWindowCounts(rig.database).read()).toEqual({
    cursor: undefined,
    head: undefined,
    entries: [],
  });
});

test('what was saved is what the next leader reads: windows, the rest, and the place in the stream', async () => {
  const store = createWindowCounts(rig.database);
  await store.read();
  const globex = { workspace: 'globex', startMs: 5, counts: { ...NO_COUNTS, dead: 2, run: [1, 1] } };
  await store.save({ cursor: '7-0', head: { sides: [1] }, changed: [acme(3), globex], ended: [] }, fence);
  await store.save({ cursor: '8-0', head: null, changed: [acme(5)], ended: [globex] }, fence);
  const read = await createWindowCounts(rig.database).read();
  expect(read).toEqual({ cursor: '8-0', head: null, entries: [expect.objectContaining(acme(5))] });
});

test('a save is one statement, and after any number of them a few rows are kept', async () => {
  const store = createWindowCounts(rig.database);
  await store.read();
  for (let n = 1; n <= 2 * SHARES; n++) {
    rig.database.statements();
    expect(await store.save({ cursor: String(n), head: null, changed: [acme(n)], ended: [] }, fence)).toBe(
      'saved',
    );
    expect(rig.database.statements()).toBe(1);
  }
  expect(await rows()).toHaveLength(SHARES);
  expect((await createWindowCounts(rig.database).read()).entries).toEqual([
    expect.objectContaining(acme(2 * SHARES)),
  ]);
});

test('the first save of a leader has everything, and the rows of the one before go', async () => {
  const [first, second] = [createWindowCounts(rig.database), createWindowCounts(rig.database)];
  await first.read();
  for (let n = 1; n <= 4; n++)
    await first.save({ cursor: String(n), head: null, changed: [acme(n)], ended: [] }, fence);
  await second.read();
  await second.save({ cursor: '5', head: null, changed: [], ended: [] }, await lead('b'));
  expect((await rows()).map(({ save }) => save)).toEqual([5]);
  expect((await createWindowCounts(rig.database).read()).entries).toEqual([expect.objectContaining(acme(4))]);
});

test('an earlier leader stores nothing any more', async () => {
  const store = createWindowCounts(rig.database);
  await store.read();
  await store.save({ cursor: '1', head: null, changed: [acme(1)], ended: [] }, fence);
  await lead('b');
  expect(await store.save({ cursor: '2', head: null, changed: [acme(2)], ended: [] }, fence)).toBe(
    'lease_lost',
  );
  expect((await createWindowCounts(rig.database).read()).cursor).toBe('1');
});

test('of two that read the same, one saves', async () => {
  const [one, other] = [createWindowCounts(rig.database), createWindowCounts(rig.database)];
  await Promise.all([one.read(), other.read()]);
  const outcomes = await Promise.all(
    [one, other].map((store, n) =>
      store.save({ cursor: String(n), head: null, changed: [acme(n)], ended: [] }, fence),
    ),
  );
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
