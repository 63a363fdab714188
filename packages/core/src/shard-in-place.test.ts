import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OrderedRing } from './ordered-ring.ts';
import { claim } from './shard-claim.ts';
import { configure, finish, inPlace, markReady } from './shard-model.ts';
import { enqueue, enqueueDelayed } from './shard-queue.ts';
import { emptyShard, type ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

const workspace = fc.constantFrom('acme', 'beta', 'corp', 'delta');
const limit = fc.constantFrom(0, 1, 3);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), workspace, delayMs: fc.constantFrom(0, 0, 700) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      wanted: fc.integer({ min: 1, max: 9 }),
      cap: fc.constantFrom(2, 64),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), workspace }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('free' as const), workspace }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      workspace,
      weight: fc.constantFrom(1, 2.5),
      concurrency: limit,
      ratePerSecond: limit,
      paused: fc.boolean(),
      fairness: fc.constantFrom('starts' as const, 'runtime' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ max: 1_500, min: 1 }) }),
  },
);

/** All of a state, whatever its maps are made by. */
function asText(state: ShardState): string {
  return JSON.stringify(state, (_, value) =>
    /Map|Set/.test(Object.prototype.toString.call(value)) ? [...value] : value,
  );
}

test('operations in place answer and leave behind what the pure ones do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let pure = { ...emptyShard(), generation: true };
      const changed = { ...emptyShard(), generation: true, ring: new OrderedRing() };
      let nowMs = 1_000_000;
      for (const [number, one] of steps.entries()) {
        if (one.do === 'add') {
          for (const state of [pure, changed]) {
            const job = { id: `${number}`, priority: 0 };
            if (one.delayMs === 0) enqueue(state, one.workspace, job);
            else enqueueDelayed(state, one.workspace, job, nowMs + one.delayMs);
          }
          pure = markReady(pure, one.workspace, 'added');
          inPlace.markReady(changed, one.workspace, 'added');
        } else if (one.do === 'claim') {
          const request = { wanted: one.wanted, quantum: 2, partitionCap: one.cap };
          const claimed = claim(pure, request, nowMs * 1_000);
          expect(inPlace.claim(changed, request, nowMs * 1_000)).toEqual(claimed.answer);
          pure = claimed.state;
        } else if (one.do === 'finish') {
          const charged = { cost: 1, atMs: nowMs - 50 };
          const ended = (pure.queues.get(one.workspace)?.active ?? []).map(({ id }) => ({
            ...{ workspace: one.workspace, id, charged },
          }));
          pure = finish(pure, ended.slice(0, 2), nowMs);
          inPlace.finish(changed, ended.slice(0, 2), nowMs);
        } else if (one.do === 'free') {
          pure = markReady(pure, one.workspace, 'freed', [], nowMs);
          inPlace.markReady(changed, one.workspace, 'freed', [], nowMs);
        } else if (one.do === 'configure') {
          const { do: _, workspace: name, ...given } = one;
          const config = { ...DEFAULT_WORKSPACE_CONFIG, ...given, burst: 1 };
          pure = configure(pure, name, config);
          inPlace.configure(changed, name, config);
        } else {
          nowMs += one.ms;
        }
        expect(asText(changed)).toBe(asText(pure));
      }
    }),
    { numRuns: 200 },
  );
});
