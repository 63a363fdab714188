import { expect, test } from '@jest/globals';
import { claim } from './shard-claim.ts';
import { configure, finish, markReady, setQuota } from './shard-model.ts';
import { enqueue, enqueueDelayed } from './shard-queue.ts';
import { emptyShard, type ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

const request = { wanted: 10, quantum: 4, partitionCap: 10 };

function shardWith(backlog: Record<string, number>): ShardState {
  let state = emptyShard();
  state.generation = true;
  for (const [workspace, jobs] of Object.entries(backlog)) {
    for (let i = 0; i < jobs; i++) enqueue(state, workspace, { id: `${workspace}-${i}`, priority: 0 });
    state = markReady(state, workspace, 'added');
  }
  return state;
}

function granted(answer: ReturnType<typeof claim>['answer']): string[] {
  return answer.outcome === 'claimed' ? answer.grants.map((grant) => grant.id) : [];
}

test('claims are refused before the generation is written', () => {
  expect(claim(emptyShard(), request, 0).answer).toEqual({ outcome: 'no_generation' });
});

test('an operation leaves the state it was given as it was', () => {
  const state = shardWith({ a: 2 });
  const before = structuredClone(state);
  claim(state, request, 0);
  expect(state).toEqual(before);
});

test('two equal workspaces take turns of one quantum', () => {
  const { answer } = claim(shardWith({ a: 9, b: 9 }), request, 0);
  expect(granted(answer)).toEqual(['a-0', 'a-1', 'a-2', 'a-3', 'b-0', 'b-1', 'b-2', 'b-3', 'a-4', 'a-5']);
});

test('a workspace without a free slot is parked, and woken by the finish that frees one', () => {
  let state = configure(shardWith({ a: 5 }), 'a', { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 2 });
  const first = claim(state, request, 0);
  expect(granted(first.answer)).toEqual(['a-0', 'a-1']);
  expect(first.answer).toMatchObject({ parked: { slots: 1 }, nextMs: 1_000 });
  state = finish(first.state, [{ workspace: 'a', id: 'a-0' }]);
  expect(granted(claim(state, request, 0).answer)).toEqual(['a-2']);
});

test('a workspace that waits for a slot is back in the ring when its quota rises', () => {
  const first = claim(setQuota(shardWith({ a: 5 }), 'a', 1), request, 0);
  expect(first.answer).toMatchObject({ parked: { slots: 1 } });
  expect(granted(claim(setQuota(first.state, 'a', 3), request, 0).answer)).toEqual(['a-1', 'a-2']);
});

test('with runtime fairness a start is charged an estimate, and its end what it took', () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, fairness: 'runtime' } as const;
  const one = { ...request, wanted: 1 };
  let state = configure(shardWith({ a: 3 }), 'a', config);
  const first = claim(state, one, 0);
  if (first.answer.outcome !== 'claimed') throw new Error(first.answer.outcome);
  const cost = first.answer.costs.get('a') as number;
  expect([cost, first.state.ring.get('a')]).toEqual([1, 1]);
  // 4 s, where a mean run is taken to last 1 s.
  state = finish(first.state, [{ workspace: 'a', id: 'a-0', charged: { cost, atMs: 0 } }], 4_000);
  expect(state.ring.get('a')).toBe(4);
  expect(claim(state, one, 4_000_000).state.ring.get('a')).toBe(8);
});

test('a workspace without a token is parked until the token is there', () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond: 2, burst: 1 };
  const first = claim(configure(shardWith({ a: 5 }), 'a', config), request, 0);
  expect(granted(first.answer)).toEqual(['a-0']);
  expect(first.answer).toMatchObject({ parked: { tokens: 1 }, nextMs: 500 });
  expect(granted(claim(first.state, request, 499_000).answer)).toEqual([]);
  expect(granted(claim(first.state, request, 500_000).answer)).toEqual(['a-1']);
});

test('a paused workspace keeps its backlog and asks for no look', () => {
  const paused = configure(shardWith({ a: 1 }), 'a', { ...DEFAULT_WORKSPACE_CONFIG, paused: true });
  const { state, answer } = claim(paused, request, 0);
  expect(answer).toMatchObject({ grants: [], parked: { paused: 1 }, nextMs: undefined });
  const resumed = configure(state, 'a', DEFAULT_WORKSPACE_CONFIG);
  expect(granted(claim(resumed, request, 0).answer)).toEqual(['a-0']);
});

test('only delayed jobs: parked until the first is due', () => {
  const state = shardWith({});
  enqueueDelayed(state, 'a', { id: 'later', priority: 0 }, 700);
  const parked = claim(markReady(state, 'a', 'added'), request, 0);
  expect(parked.answer).toMatchObject({ grants: [], parked: { delayed: 1 }, nextMs: 700 });
  expect(granted(claim(parked.state, request, 700_000).answer)).toEqual(['later']);
});

test('the partition cap holds while others are runnable, and leaves no slot idle when they are not', () => {
  const capped = { wanted: 10, quantum: 4, partitionCap: 3 };
  const both = granted(claim(shardWith({ hog: 50, small: 2 }), capped, 0).answer);
  expect(both.slice(0, 5)).toEqual(['hog-0', 'hog-1', 'hog-2', 'small-0', 'small-1']);
  expect(both).toHaveLength(10);
});

test('a workspace that drains and comes back gains nothing over one that stayed', () => {
  let state = shardWith({ stays: 100, leaves: 4 });
  const first = claim(state, { wanted: 8, quantum: 4, partitionCap: 8 }, 0);
  state = claim(first.state, { wanted: 1, quantum: 4, partitionCap: 1 }, 0).state;
  enqueue(state, 'leaves', { id: 'back', priority: 0 });
  state = markReady(state, 'leaves', 'added');
  const { answer } = claim(state, { wanted: 4, quantum: 4, partitionCap: 4 }, 0);
  expect(granted(answer).filter((id) => id.startsWith('stays'))).toHaveLength(3);
});
