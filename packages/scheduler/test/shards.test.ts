/** A deployment of several shards: each claims, finishes, wakes and recovers for itself. */
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import {
  type ClaimedJob,
  type Claimer,
  type ClaimerOptions,
  createClaimer,
  createProducer,
  type Producer,
  type Scheduler,
} from '../src/index.ts';
import { setKey, shardOf, wakeKey } from '../src/keys.ts';
import { claim, claimUntil } from './support/claiming.ts';
import { jobs, SHORT, useRig } from './support/rig.ts';

const rig = useRig();
const SHARDS = 4;
const NAMES = Array.from({ length: 24 }, (_, n) => `ws-${n}`);

async function cluster(): Promise<{
  scheduler: Scheduler;
  producer: Producer;
  claimer(id: string, options?: Partial<ClaimerOptions>): Claimer;
}> {
  const scheduler = rig.anotherScheduler({ shards: SHARDS });
  await scheduler.writeGeneration();
  return {
    scheduler,
    producer: createProducer(scheduler),
    claimer(replicaId, options = {}) {
      const claimer = createClaimer(scheduler, { ...options, replicaId });
      rig.cleanUp(() => claimer.stop());
      return claimer;
    },
  };
}

test('workspaces spread over all shards, each always in the same one', () => {
  const shards = NAMES.map((name) => shardOf(name, SHARDS));
  expect(new Set(shards).size).toBe(SHARDS);
  expect(NAMES.map((name) => shardOf(name, SHARDS))).toEqual(shards);
});

test('one claim takes from all shards, and their finishes all arrive', async () => {
  const { scheduler, producer, claimer } = await cluster();
  await producer.add(NAMES.flatMap((name) => jobs(name, 2)));
  const replica = claimer('one');
  const { jobs: claimed } = await claim(replica, 64);
  expect(claimed).toHaveLength(48);
  const outcomes = await Promise.all(claimed.map((job) => replica.complete(job, null)));
  expect(outcomes).toEqual(claimed.map(() => ({ outcome: 'settled' })));
  const counts = await scheduler.counts(NAMES);
  expect(counts.map(({ workspace, completed }) => [workspace, completed])).toEqual(
    NAMES.map((name) => [name, 2]),
  );
});

test('no shard is forgotten when a replica takes a little at a time', async () => {
  const { producer, claimer } = await cluster();
  await producer.add(NAMES.flatMap((name) => jobs(name, 20)));
  const replica = claimer('one');
  const seen = new Set<number>();
  // Each workspace has its turn before any has its second.
  for (let round = 0; round < NAMES.length / 2; round++) {
    const { jobs: claimed } = await claim(replica, 2);
    for (const job of claimed) seen.add(shardOf(job.workspace, SHARDS));
  }
  expect(seen.size).toBe(SHARDS);
});

test('work in any shard wakes an idle replica', async () => {
  const { producer, claimer } = await cluster();
  const replica = claimer('one');
  for (let shard = 0; shard < SHARDS; shard++) {
    const name = NAMES.find((candidate) => shardOf(candidate, SHARDS) === shard) as string;
    expect((await claim(replica, 64)).jobs).toEqual([]);
    const beginMs = performance.now();
    const woken = replica.waitForWork(5_000);
    await producer.add(jobs(name, 1));
    await woken;
    expect(performance.now() - beginMs).toBeLessThan(4_500);
    const [job] = (await claim(replica, 64)).jobs;
    expect(job?.workspace).toBe(name);
    await replica.complete(job!, null);
  }
});

test('a freed slot is told to others, for its replica may fill it from another shard', async () => {
  const { scheduler, producer, claimer } = await cluster();
  const [name = ''] = NAMES;
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await scheduler.configure([{ workspace: name, config }]);
  await producer.add(jobs(name, 2));
  const replica = claimer('one');
  const { jobs: claimed } = await claim(replica, 2);
  expect(claimed).toHaveLength(1);
  const bell = wakeKey(shardOf(name, SHARDS));
  await rig.raw.del(bell);
  await replica.complete(claimed[0] as ClaimedJob, null);
  expect(await rig.raw.llen(bell)).toBe(1);
});

test('jobs of a lost replica are recovered in every shard', async () => {
  const { producer, claimer } = await cluster();
  await producer.add(NAMES.flatMap((name) => jobs(name, 1)));
  const { stallIntervalMs } = SHORT;
  const [holder, heir] = [claimer('holder', SHORT), claimer('heir', { stallIntervalMs })];
  await Promise.all([holder.start(), heir.start()]);
  expect((await claim(holder, 64)).jobs).toHaveLength(NAMES.length);
  await holder.stop();
  const again = await claimUntil(heir, NAMES.length, {
    what: 'all run again',
  });
  expect(new Set(again.map((job) => job.workspace))).toEqual(new Set(NAMES));
});

test('what one shard gave runs, although another one answers with an error', async () => {
  const { producer, claimer } = await cluster();
  await producer.add(NAMES.flatMap((name) => jobs(name, 1)));
  const broken = shardOf('ws-0', SHARDS);
  await rig.raw.set(setKey(broken, 'ring'), 'not a sorted set');
  const replica = claimer('one');
  const given = new Set<string>();
  const healthy = NAMES.filter((name) => shardOf(name, SHARDS) !== broken);
  await waitFor(
    async () => {
      // Which shard is asked first goes round, so the trouble may come first or last.
      const answer = await replica.claim(64).catch(() => undefined);
      if (answer?.outcome === 'claimed') for (const job of answer.jobs) given.add(job.workspace);
      return given.size === healthy.length;
    },
    { what: 'the jobs of the other shards are given' },
  );
  expect([...given].sort()).toEqual([...healthy].sort());
});
