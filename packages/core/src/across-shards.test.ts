import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { askShards, floorOf, placeAgain, type ShardView } from './across-shards.ts';
import { inPlace } from './shard-model.ts';
import { enqueue } from './shard-queue.ts';
import { emptyShard, type ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

const one = { most: 1, slack: 4 };
const busy = (shard: number, at: number): ShardView => ({ shard, ready: true, rung: false, at });
const resting = (shard: number, at: number): ShardView => ({ shard, ready: false, rung: false, at });

test('the shard with the least next start is asked first, up to a little beyond the next one', () => {
  expect(askShards([busy(0, 14), busy(1, 12), resting(2, 3)], 10, one)).toEqual([
    { shard: 1, wanted: 10, floor: 14, until: 18 },
  ]);
});

test('shards that are about equal are asked at the same time, and share what is wanted', () => {
  const asks = askShards([busy(0, 10), busy(1, 12), busy(2, 30), busy(3, 13)], 8, { most: 4, slack: 4 });
  expect(asks.map(({ shard, wanted }) => [shard, wanted])).toEqual([
    [0, 3],
    [1, 3],
    [3, 2],
  ]);
});

test('a shard alone has no bound', () => {
  expect(askShards([busy(0, 14), resting(1, 3)], 10, one)).toEqual([
    { shard: 0, wanted: 10, floor: 3, until: undefined },
  ]);
});

test('a rung shard that has rested is in its turn where it will start', () => {
  const rung = { ...resting(2, 3), rung: true };
  expect(askShards([busy(0, 14), busy(1, 12), rung], 4, { most: 4, slack: 0 })).toEqual([
    { shard: 2, wanted: 2, floor: 12, until: 12 },
    { shard: 1, wanted: 2, floor: 14, until: 14 },
  ]);
});

test('when nobody else is busy a shard starts where the last one rests', () => {
  expect(floorOf([resting(0, 1_000_000), resting(1, 5)], 1)).toBe(1_000_000);
  expect(floorOf([{ shard: 0, ready: false, rung: true, at: undefined }], 0)).toBeUndefined();
});

test('a shard that lags while it is busy keeps what it is owed; one that rested does not', () => {
  expect(placeAgain(11, 3, 12)).toBe(11);
  expect(placeAgain(11, 3, 20)).toBe(17);
  // A new one, and one that was flushed: its clock says nothing.
  expect(placeAgain(undefined, 500, 20)).toBe(-480);
  expect(placeAgain(undefined, 500, undefined)).toBe(0);
});

const WEIGHTS = [1, 2, 4, 8];
const SHARDS = 4;

/** Backlogged workspaces `<shard>-<weight>`, unevenly spread: shard 0 has one, shard 3 has four of each weight. */
function backloggedShards(jobs: number): ShardState[] {
  return Array.from({ length: SHARDS }, (_, shard) => {
    const state: ShardState = { ...emptyShard(), generation: true };
    for (const weight of shard === 0 ? [1] : WEIGHTS) {
      for (let n = 0; n <= shard; n++) {
        const name = `${shard}-${weight}-${n}`;
        state.config.set(name, { ...DEFAULT_WORKSPACE_CONFIG, weight, concurrency: 0 });
        for (let i = 0; i < jobs; i++) enqueue(state, name, { id: `${name}-${i}`, priority: 0 });
        inPlace.markReady(state, name, 'added');
      }
    }
    return state;
  });
}

/** Claims by replicas that take turns, each by what it knows; what runs ends at once. */
function run(states: ShardState[], starts: number, replicas: number, wanted: number): Map<string, number> {
  const knowledge = Array.from({ length: replicas }, () =>
    states.map((_, shard): ShardView => ({ shard, ready: false, rung: true, at: undefined })),
  );
  const started = new Map<string, number>();
  let total = 0;
  for (let turn = 0; total < starts; turn++) {
    const views = knowledge[turn % replicas] as ShardView[];
    const asks = askShards(views, wanted, { most: 2, slack: 4 });
    expect(asks).not.toEqual([]);
    for (const { shard, wanted: share, floor, until } of asks) {
      const request = { wanted: share, quantum: 4, partitionCap: share, across: { floor, until } };
      const state = states[shard] as ShardState;
      const answer = inPlace.claim(state, request, turn * 1_000);
      if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
      views[shard] = { shard, ready: answer.ready > 0, rung: false, at: answer.at };
      for (const { workspace } of answer.grants) {
        const queue = state.queues.get(workspace);
        if (queue) queue.active = [];
        started.set(workspace, (started.get(workspace) ?? 0) + 1);
        total++;
      }
    }
  }
  return started;
}

/** Starts of each workspace by its weight, as a share of the mean. */
function evenness(started: ReadonlyMap<string, number>): number[] {
  const rates = [...started].map(([name, count]) => count / Number(name.split('-')[1]));
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  return rates.map((rate) => rate / mean);
}

test.each([
  { replicas: 1, wanted: 64 },
  { replicas: 1, wanted: 1 },
  { replicas: 4, wanted: 16 },
])(
  'claims of $wanted at a time serve by weight over all shards, within 5 % (replicas: $replicas)',
  (given) => {
    const started = run(backloggedShards(2_000), 20_000, given.replicas, given.wanted);
    expect(started.size).toBe(1 + 4 * (2 + 3 + 4));
    for (const share of evenness(started)) {
      expect(share).toBeGreaterThan(0.95);
      expect(share).toBeLessThan(1.05);
    }
  },
  60_000,
);

test('workspaces that always wait are served alike, whatever comes and goes in other shards', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 40, maxLength: 40 }), (bursts) => {
      const states = ['steady-1-a', 'steady-1-b', 'guest-1-c', 'guest-1-d'].map((name) => {
        const state: ShardState = { ...emptyShard(), generation: true };
        state.config.set(name, { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 0 });
        for (let i = 0; name.startsWith('steady') && i < 3_000; i++)
          enqueue(state, name, { id: `${i}`, priority: 0 });
        inPlace.markReady(state, name, 'added');
        return state;
      });
      const views = states.map((_, shard): ShardView => ({ shard, ready: false, rung: true, at: undefined }));
      const started = [0, 0, 0, 0];
      bursts.forEach((burst, n) => {
        const guest = 2 + (n % 2);
        const name = ['guest-1-c', 'guest-1-d'][n % 2] as string;
        for (let i = 0; i < burst; i++)
          enqueue(states[guest] as ShardState, name, { id: `${n}-${i}`, priority: 0 });
        inPlace.markReady(states[guest] as ShardState, name, 'added');
        views[guest] = { ...(views[guest] as ShardView), rung: true };
        for (let turn = 0; turn < 4; turn++) {
          for (const { shard, wanted, ...across } of askShards(views, 16, { most: 2, slack: 4 })) {
            const state = states[shard] as ShardState;
            const answer = inPlace.claim(state, { wanted, quantum: 4, partitionCap: 64, across }, 1_000);
            if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
            for (const queue of state.queues.values()) queue.active = [];
            started[shard] = (started[shard] as number) + answer.grants.length;
            views[shard] = { shard, ready: answer.ready > 0, rung: false, at: answer.at };
          }
        }
      });
      const [a = 0, b = 0, c = 0, d = 0] = started;
      // A turn of each at most: one quantum, and as much again of slack.
      expect(Math.abs(a - b)).toBeLessThanOrEqual(16);
      expect(a + b).toBeGreaterThan(40 * 16);
      // Guests never get more than a steady one, for all that they were idle.
      expect(Math.max(c, d)).toBeLessThanOrEqual(Math.max(a, b) + 16);
    }),
    { numRuns: 50 },
  );
});
