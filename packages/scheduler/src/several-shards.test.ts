/** Which shards a claim waits for; the choice among them is tested with across-shards.ts in core. */
import { expect, test } from '@jest/globals';
import type { ClaimedHash } from './claimed-job.ts';
import { createSeveralShards } from './several-shards.ts';
import type { ShardClaim } from './verbs/claim.ts';

const NOTHING: ShardClaim = {
  jobs: [],
  nowMs: 0,
  nextMs: undefined,
  ready: 0,
  parked: [],
  quarantined: [],
  at: 0,
};
const ONE_JOB: ShardClaim = { ...NOTHING, jobs: [{ id: 'job' } as ClaimedHash] };

function severalOf(claim: (shard: number, wanted: number) => Promise<ShardClaim>, onLate = () => {}) {
  return createSeveralShards({
    shards: 2,
    quantum: 4,
    claim,
    onLate,
    onError: (error) => {
      throw error;
    },
    patienceMs: undefined,
  });
}

test('a job does not wait for a look at another shard, and what that finds is told', async () => {
  const look = Promise.withResolvers<ShardClaim>();
  const late = Promise.withResolvers<void>();
  const several = severalOf((shard) => (shard === 0 ? Promise.resolve(ONE_JOB) : look.promise), late.resolve);
  several.ring(0);
  const claimed = await several.claim(1);
  expect(claimed?.jobs).toHaveLength(1);
  expect(several.mayHaveMore()).toBe(false);
  look.resolve({ ...NOTHING, ready: 1 });
  await late.promise;
  expect(several.mayHaveMore()).toBe(true);
});

test('with too little, looks are waited for, and what they find is claimed', async () => {
  const several = severalOf(async (shard, wanted) => {
    if (shard === 0) return ONE_JOB;
    return wanted === 0 ? { ...NOTHING, ready: 1 } : ONE_JOB;
  });
  several.ring(0);
  expect((await several.claim(2))?.jobs).toHaveLength(2);
});

test('with nothing to claim, what was just looked at is left alone', async () => {
  const asked: number[] = [];
  const several = severalOf(async (shard) => {
    asked.push(shard);
    return NOTHING;
  });
  expect((await several.claim(1))?.jobs).toEqual([]);
  expect((await several.claim(1))?.jobs).toEqual([]);
  expect(asked.sort()).toEqual([0, 1]);
});
