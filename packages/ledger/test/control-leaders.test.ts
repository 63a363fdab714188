import { NO_COUNTS } from '@fairlead/core';
import { type Random, seeded, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type ControlStates, createControlStates } from '../src/control/control-state.ts';
import {
  type Counts,
  createWindowCounts,
  type SaveOutcome,
  type WindowCounts,
} from '../src/control/counts/window-counts.ts';
import { createDecisions, type Decisions } from '../src/control/decisions.ts';
import type { TickToWrite, WriteOutcome } from '../src/control/write-tick.ts';
import { Prisma } from '../src/generated/client.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { promotionTick } from './some-decisions.ts';

/** Two controllers on one database, each with connections of its own; `third` is an onlooker. */
interface Leader {
  readonly database: CountingDatabase;
  readonly decisions: Decisions;
  readonly states: ControlStates;
  readonly counts: WindowCounts;
}

let server: LedgerServer;
let old: Leader;
let next: Leader;
let third: CountingDatabase;

beforeAll(async () => {
  server = await startLedgerServer();
  const url = await server.migrated();
  const leader = (): Leader => {
    const database = openCounting(url, 2);
    return {
      database,
      decisions: createDecisions(database),
      states: createControlStates(database),
      counts: createWindowCounts(database),
    };
  };
  [old, next, third] = [leader(), leader(), openCounting(url, 3)];
});
afterAll(async () => {
  await Promise.all([old.database.close(), next.database.close(), third.close()]);
  await server.stop();
});
beforeEach(async () => {
  await third.query(
    Prisma.sql`TRUNCATE "Lease", "Decision", "TickRecord", "ControlState", "Policy", "WindowCounts"`,
  );
  await third.query(Prisma.sql`UPDATE "ControlTick" SET "tick" = 0, "epoch" = 0, "correlationId" = ''`);
});

const ROUNDS = 100;
const WORKSPACES = Array.from({ length: 12 }, (_, i) => `w-${i}`);

/** Takes the lease, and has it end at once: a leader that will be frozen for longer than its lease. */
async function leadBriefly({ database }: Leader, holder: string): Promise<Fence> {
  return waitFor(
    async () => {
      const answer = await createLeases(database).acquire('controller', holder, 0);
      return answer.outcome === 'held' ? answer.fence : undefined;
    },
    { what: `${holder} leads`, everyMs: 2 },
  );
}

async function decide(
  { states }: Leader,
  fence: Fence,
  windows: number,
  random: Random,
): Promise<TickToWrite> {
  const some = WORKSPACES.filter(() => random.chance(0.7));
  return promotionTick(await states.read(), fence, some.length > 0 ? some : WORKSPACES, windows);
}

/** Where the old leader's statement is stopped: at the lease, at the tick, or in the middle of what it writes. */
const STOPS = [
  Prisma.sql`SELECT 1 FROM "Lease" FOR UPDATE`,
  Prisma.sql`SELECT 1 FROM "ControlTick" FOR UPDATE`,
  Prisma.sql`SELECT 1 FROM "ControlState" FOR UPDATE`,
];

const waiting = () =>
  third.query<{ pid: number }>(Prisma.sql`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND (query LIKE '%control_write%' OR query LIKE '%counts_save%')`);

/** Lets `write` run until it waits at the stop, does `meanwhile` with the stop in place, and takes the stop away. */
async function stoppedAt<Outcome>(
  stop: Prisma.Sql,
  write: () => Promise<Outcome>,
  meanwhile: (held: { query: CountingDatabase['query'] }) => Promise<unknown>,
): Promise<Outcome | 'died'> {
  let outcome: Promise<Outcome | 'died'> | undefined;
  await third.transaction(async (held) => {
    await held.query(stop);
    outcome = write().catch(() => 'died' as const);
    await waitFor(async () => (await waiting()).length > 0, {
      what: 'the old leader is stopped',
      everyMs: 2,
    });
    await meanwhile(held);
  }, 20_000);
  return outcome as Promise<Outcome | 'died'>;
}

interface Stored {
  readonly epoch: number;
  readonly rows: number;
}

const rowsOf = async (epoch: number): Promise<number> => {
  const [row] = await third.query<Stored>(
    Prisma.sql`SELECT count(*)::int4 AS rows FROM "Decision" WHERE "epoch" = ${epoch}::int8`,
  );
  return row?.rows ?? 0;
};

test('a leader that was frozen writes nothing of its epoch any more, whenever it is frozen', async () => {
  const seen = new Map<string, number>();
  let windows = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = seeded(seed);
    const oldFence = await leadBriefly(old, `old-${seed}`);
    const first = await decide(old, oldFence, windows++, random);
    expect(await old.decisions.write(first)).toMatchObject({ outcome: 'written' });
    const tick = await decide(old, oldFence, windows++, random);
    const before = await rowsOf(oldFence.epoch);
    let nextFence: Fence | undefined;
    const takeOver = async () => {
      nextFence = await leadBriefly(next, `next-${seed}`);
    };

    const way = random.integer(0, 4);
    let outcome: WriteOutcome | 'died';
    if (way === 0) {
      // Frozen between deciding and writing: by the time it writes, another one leads, and has perhaps written.
      await takeOver();
      if (random.chance(0.5)) {
        const theirs = await decide(next, nextFence as unknown as Fence, windows++, random);
        expect(await next.decisions.write(theirs)).toMatchObject({ outcome: 'written' });
      }
      outcome = await old.decisions.write(tick);
    } else if (way === 1) {
      // The lease changes hands while the statement waits for it.
      outcome = await stoppedAt(
        STOPS[0] as Prisma.Sql,
        () => old.decisions.write(tick),
        async (held) => {
          const answer = await createLeases(held).acquire('controller', `next-${seed}`, 0);
          if (answer.outcome === 'held') nextFence = answer.fence;
        },
      );
    } else if (way === 2) {
      // It has the lease's row, so the other one must wait for the end of the statement, which needs nothing of a frozen process.
      let taking: Promise<void> | undefined;
      outcome = await stoppedAt(
        STOPS[1] as Prisma.Sql,
        () => old.decisions.write(tick),
        async () => {
          taking = takeOver();
        },
      );
      await taking;
    } else if (way === 3) {
      // It dies with half of its rows written.
      outcome = await stoppedAt(
        STOPS[2] as Prisma.Sql,
        () => old.decisions.write(tick),
        async () => {
          for (const { pid } of await waiting())
            await third.query(Prisma.sql`SELECT pg_terminate_backend(${pid}::int4)`);
        },
      );
      expect({ seed, outcome }).toEqual({ seed, outcome: 'died' });
      await takeOver();
    } else {
      // As it comes.
      const calls = [async () => (outcome = await old.decisions.write(tick)), takeOver];
      outcome = 'died';
      if (random.chance(0.5)) calls.reverse();
      await Promise.all(calls.map((call) => call()));
    }

    const said = outcome === 'died' ? 'died' : outcome.outcome;
    seen.set(`${way} ${said}`, (seen.get(`${way} ${said}`) ?? 0) + 1);
    const added = (await rowsOf(oldFence.epoch)) - before;
    expect({ seed, way, added }).toEqual({ seed, way, added: said === 'written' ? tick.records.length : 0 });
    if (way < 2) expect({ seed, said }).toEqual({ seed, said: 'lease_lost' });
    const fence = nextFence as unknown as Fence;
    expect({ seed, epoch: fence.epoch }).toEqual({ seed, epoch: oldFence.epoch + 1 });

    // Whatever became of it, the next leader goes on from there, and the old one never again.
    const mine = await decide(next, fence, windows++, random);
    expect(await next.decisions.write(mine)).toMatchObject({ outcome: 'written' });
    const late = await decide(old, oldFence, windows, random);
    expect({ seed, late: await old.decisions.write(late) }).toEqual({
      seed,
      late: { outcome: 'lease_lost' },
    });
    expect(await rowsOf(oldFence.epoch)).toBe(before + added);
  }
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining(['0 lease_lost', '1 lease_lost', '2 written', '3 died']),
  );
  // In the order in which they became visible, no epoch comes after a later one.
  const backwards = await third.query(Prisma.sql`SELECT 1 FROM (
      SELECT "epoch", lag("epoch") OVER (ORDER BY "position") AS before FROM "Decision") AS d WHERE "epoch" < before`);
  expect(backwards).toEqual([]);
  for (const id of WORKSPACES) {
    const { recomputed, differences } = await next.decisions.verify('promotion', { type: 'workspace', id });
    expect(differences).toEqual([]);
    expect(recomputed).toBeGreaterThan(ROUNDS);
  }
}, 300_000);

/** Counts one job more, and names its epoch in the cursor: what is written tells who wrote it. */
function saveOneMore({ counts: store }: Leader, { epoch }: Fence, counts: Counts): Promise<SaveOutcome> {
  counts.windows.add('acme', 0, { ...NO_COUNTS, finished: 1 });
  return store.save({ ...counts, cursor: `${epoch}` }, { name: 'controller', epoch });
}

const savesOf = async (epoch: number): Promise<number> => {
  const [row] = await third.query<Stored>(
    Prisma.sql`SELECT count(*)::int4 AS rows FROM "WindowCounts" WHERE "epoch" = ${epoch}::int8`,
  );
  return row?.rows ?? 0;
};

test('a leader that was frozen saves no counts of its epoch any more, and none is lost or counted twice', async () => {
  const seen = new Map<string, number>();
  let total = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = seeded(seed);
    const oldFence = await leadBriefly(old, `old-${seed}`);
    const oldCounts = await old.counts.read();
    expect(await saveOneMore(old, oldFence, oldCounts)).toBe('saved');
    const save = () => saveOneMore(old, oldFence, oldCounts);
    const before = await savesOf(oldFence.epoch);
    let nextFence: Fence | undefined;
    const takeOver = async () => {
      nextFence = await leadBriefly(next, `next-${seed}`);
    };

    const way = random.integer(0, 4);
    let outcome: SaveOutcome | 'died' = 'died';
    if (way === 0) {
      await takeOver();
      outcome = await save();
    } else if (way === 1) {
      outcome = await stoppedAt(STOPS[0] as Prisma.Sql, save, async (held) => {
        const answer = await createLeases(held).acquire('controller', `next-${seed}`, 0);
        if (answer.outcome === 'held') nextFence = answer.fence;
      });
    } else if (way === 4) {
      const calls = [async () => (outcome = await save()), takeOver];
      if (random.chance(0.5)) calls.reverse();
      await Promise.all(calls.map((call) => call()));
    } else {
      // It has the lease's row, and waits for a row of its own number, which is taken away again. Or it dies there.
      let taking: Promise<void> | undefined;
      outcome = await stoppedAt(
        Prisma.sql`INSERT INTO "WindowCounts" ("save", "epoch", "head", "segment")
          SELECT max("save") + 1, -1, 'null', '' FROM "WindowCounts"`,
        save,
        async (held) => {
          if (way === 2) taking = takeOver();
          else {
            for (const { pid } of await waiting())
              await third.query(Prisma.sql`SELECT pg_terminate_backend(${pid}::int4)`);
          }
          await held.query(Prisma.sql`DELETE FROM "WindowCounts" WHERE "epoch" = -1`);
        },
      );
      await (taking ?? takeOver());
    }

    seen.set(`${way} ${outcome}`, (seen.get(`${way} ${outcome}`) ?? 0) + 1);
    const added = (await savesOf(oldFence.epoch)) - before;
    expect({ seed, way, added }).toEqual({ seed, way, added: outcome === 'saved' ? 1 : 0 });
    total += 1 + added;
    const fence = nextFence as unknown as Fence;
    const counts = await next.counts.read();
    const finished = counts.windows.get('acme', 0)?.finished;
    expect({ seed, finished, cursor: counts.cursor }).toEqual({
      seed,
      finished: total,
      cursor: `${oldFence.epoch}`,
    });
    expect(await saveOneMore(next, fence, counts)).toBe('saved');
    total += 1;
    expect({ seed, late: await saveOneMore(old, oldFence, oldCounts) }).toEqual({ seed, late: 'lease_lost' });
  }
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining(['0 lease_lost', '1 lease_lost', '2 saved', '3 died']),
  );
}, 300_000);
