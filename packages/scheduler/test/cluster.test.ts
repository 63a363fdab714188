/**
 * The scheduler on a Redis Cluster of three primaries, 64 shards: everything that a single server does, and nothing
 * that a cluster refuses.
 */
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { privateCluster, type TestCluster, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Cluster } from 'ioredis';
import {
  type Claimer,
  type ClaimerOptions,
  createClaimer,
  createProducer,
  createScheduler,
  inspectRedis,
  type Producer,
  type Scheduler,
} from '../src/index.ts';
import { queuePrefix, shardOf, slotOf, wakeKey } from '../src/keys.ts';
import { claim, claimUntil } from './support/claiming.ts';
import { jobs, SHORT } from './support/rig.ts';

const SHARDS = 64;
const NAMES = Array.from({ length: 200 }, (_, n) => `ws-${n}`);

let cluster: TestCluster;
let scheduler: Scheduler;
let producer: Producer;
let raw: Cluster;
let claimers: Claimer[] = [];

beforeAll(async () => {
  cluster = await privateCluster();
  scheduler = createScheduler({ redis: { url: cluster.url, cluster: true } });
  producer = createProducer(scheduler);
  raw = new Cluster(cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port })));
  await waitFor(() => scheduler.ping(5_000).then(() => true), { what: 'the cluster answers' });
});

beforeEach(async () => {
  await Promise.all(cluster.primaries.map(({ command }) => command('FLUSHALL')));
  await scheduler.writeGeneration();
});

afterEach(async () => {
  await Promise.all(claimers.map((claimer) => claimer.stop()));
  claimers = [];
});

afterAll(async () => {
  await scheduler?.close();
  raw?.disconnect();
  await cluster?.stop();
});

function claimerOf(options: Partial<ClaimerOptions> = {}): Claimer {
  const { stallIntervalMs } = SHORT;
  const claimer = createClaimer(scheduler, {
    stallIntervalMs,
    replicaId: `replica-${claimers.length}`,
    ...options,
  });
  claimers.push(claimer);
  return claimer;
}

/** By node: how often a command was refused, by the reason. */
async function refusals(): Promise<string[]> {
  const stats = await Promise.all(cluster.primaries.map(({ command }) => command('INFO', 'errorstats')));
  return stats.flatMap((text) => text.match(/errorstat_\w+/g) ?? []);
}

const weighing = (weight: number) => ({ ...DEFAULT_WORKSPACE_CONFIG, weight, concurrency: 0 });

test('shards spread over all primaries', () => {
  const nodes = Array.from({ length: SHARDS }, (_, shard) => Math.floor(slotOf(shard) / (16_384 / 3)));
  for (const node of [0, 1, 2]) expect(nodes.filter((n) => n === node).length).toBeGreaterThan(SHARDS / 6);
});

test('jobs of 200 workspaces are added, claimed and finished, and no command meets a foreign slot', async () => {
  await producer.add(NAMES.flatMap((name) => jobs(name, 3)));
  expect(await scheduler.totals()).toMatchObject({ ready: 200, known: 200 });
  const replica = claimerOf();
  await replica.start();
  let done = 0;
  while (done < 600) {
    // On a busy machine what is asked for may come late: with the next claim.
    const { jobs: claimed } = await claim(replica, 64);
    const outcomes = await Promise.all(claimed.map((job) => replica.complete(job, { ok: true })));
    expect(outcomes.filter(({ outcome }) => outcome !== 'settled')).toEqual([]);
    done += claimed.length;
  }
  const counts = await scheduler.counts(NAMES);
  expect(counts.map(({ workspace, completed, waiting }) => [workspace, completed, waiting])).toEqual(
    NAMES.map((name) => [name, 3, 0]),
  );
  expect(await scheduler.missing(NAMES.map((workspace) => ({ workspace, id: 'none' })))).toHaveLength(200);
  expect((await refusals()).filter((reason) => /CROSSSLOT|MOVED|CLUSTERDOWN/.test(reason))).toEqual([]);
});

test('weights hold over all shards, within 5 %, for two replicas that claim a little at a time', async () => {
  const WEIGHTS = [1, 2, 4, 8];
  const names = NAMES.slice(0, 24);
  const weightOf = (name: string) => WEIGHTS[names.indexOf(name) % 4] as number;
  await scheduler.configure(names.map((workspace) => ({ workspace, config: weighing(weightOf(workspace)) })));
  // A round of a mean workspace is worth three jobs and three quarters.
  await producer.add(names.flatMap((name) => jobs(name, 100 * weightOf(name))));
  expect(new Set(names.map((name) => shardOf(name, SHARDS))).size).toBeGreaterThan(12);
  const replicas = [claimerOf(), claimerOf()];
  const started = new Map<string, number>();
  let total = 0;
  while (total < 7_500) {
    for (const replica of replicas) {
      const { jobs: claimed } = await claim(replica, 20);
      for (const { workspace } of claimed) started.set(workspace, (started.get(workspace) ?? 0) + 1);
      total += claimed.length;
      await Promise.all(claimed.map((job) => replica.discard(job)));
    }
  }
  const served = names.map((name) => (started.get(name) ?? 0) / weightOf(name));
  const mean = served.reduce((sum, each) => sum + each, 0) / served.length;
  expect(Math.min(...served) / mean).toBeGreaterThan(0.95);
  expect(Math.max(...served) / mean).toBeLessThan(1.05);
});

test('a shard that comes back does not make up for its idle time', async () => {
  const [early, late] = ['ws-1', 'ws-2'] as const;
  expect(shardOf(early, SHARDS)).not.toBe(shardOf(late, SHARDS));
  await scheduler.configure([early, late].map((workspace) => ({ workspace, config: weighing(1) })));
  await producer.add(jobs(early, 400));
  const replica = claimerOf();
  const take = async (count: number) => {
    const { jobs: claimed } = await claim(replica, count);
    await Promise.all(claimed.map((job) => replica.discard(job)));
    return claimed.map(({ workspace }) => workspace);
  };
  for (let n = 0; n < 10; n++) await take(20);
  await producer.add(jobs(late, 100));
  const names: string[] = [];
  while (!names.includes(late)) names.push(...(await take(4)));
  names.length = 0;
  while (names.length < 80) names.push(...(await take(4)));
  const share = names.filter((name) => name === late).length / names.length;
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.6);
});

test('failures are retried, delayed jobs wait, dead letters stay, cancelled jobs go', async () => {
  const replica = claimerOf();
  const once = { backoff: { type: 'fixed', delayMs: 50 }, maxAttempts: 2 } as const;
  await producer.add([...jobs('ws-3', 1, once), ...jobs('ws-5', 1, { delayMs: 3_600_000 })]);
  const [failing] = await claimUntil(replica, 1, { what: 'the plain job is claimed' });
  expect(failing?.workspace).toBe('ws-3');
  await producer.add(jobs('ws-4', 1, { delayMs: 100 }));
  expect(await replica.fail(failing!, new Error('once'))).toMatchObject({ outcome: 'retrying' });
  const again = await claimUntil(replica, 2, { what: 'the retry and the delayed job are due' });
  expect(again.map(({ id, attempt }) => [id, attempt]).sort()).toEqual([
    ['ws-3-1', 2],
    ['ws-4-1', 1],
  ]);
  for (const job of again) await replica.fail(job, new Error('twice'), { retry: false });
  expect((await scheduler.job('ws-3', 'ws-3-1'))?.state).toBe('dead');
  const named = (workspace: string) => ({ workspace, id: `${workspace}-1` });
  expect(await scheduler.cancel([named('ws-5'), named('ws-6')])).toEqual(['removed', 'absent']);
  await scheduler.removeDead([named('ws-3'), named('ws-4')]);
  expect((await scheduler.missing([named('ws-3'), named('ws-4')])).length).toBe(2);
});

test('quotas hold, and loads of all shards are told', async () => {
  const names = NAMES.slice(0, 8);
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 2 };
  await scheduler.configure(names.map((workspace) => ({ workspace, config })));
  await producer.add(names.flatMap((name) => jobs(name, 10)));
  const replica = claimerOf();
  const held = await claimUntil(replica, 16, { what: 'all slots are taken' });
  expect((await claim(replica, 64)).jobs).toEqual([]);
  const loads = [];
  for await (const chunk of scheduler.loads()) loads.push(...chunk);
  expect(loads.map(({ workspace, inFlight, backlog }) => [workspace, inFlight, backlog]).sort()).toEqual(
    names.map((name) => [name, 2, 8]).sort(),
  );
  await replica.complete(held[0]!, null);
  const [next] = await claimUntil(replica, 1, { what: 'the free slot is taken' });
  expect(next?.workspace).toBe(held[0]?.workspace);
  expect((await claim(replica, 64)).jobs).toEqual([]);
});

test('a slot that somebody frees without a word is found by the sweep', async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await scheduler.configure([{ workspace: 'ws-0', config }]);
  await producer.add(jobs('ws-0', 2));
  const replica = claimerOf();
  await replica.start();
  const [held] = await claimUntil(replica, 1, { what: 'the first is claimed' });
  expect(await claim(replica, 1)).toMatchObject({ jobs: [], nextAtMs: undefined });
  await raw.lrem(`${queuePrefix(shardOf('ws-0', SHARDS))}:ws-0:active`, 1, held!.id);
  const [next] = await claimUntil(replica, 1, { what: 'the slot is used' });
  expect(next?.workspace).toBe('ws-0');
});

test('jobs of a lost replica are recovered', async () => {
  await producer.add(NAMES.slice(0, 30).flatMap((name) => jobs(name, 1)));
  const [holder, heir] = [claimerOf(SHORT), claimerOf()];
  await Promise.all([holder.start(), heir.start()]);
  await claimUntil(holder, 30, { what: 'all run' });
  await holder.stop();
  const again = await claimUntil(heir, 30, { what: 'all run again' });
  expect(new Set(again.map((job) => job.workspace)).size).toBe(30);
});

test('work in any shard wakes one of the replicas that wait, and the others sleep on', async () => {
  const replicas = [claimerOf(), claimerOf(), claimerOf()];
  await Promise.all(replicas.map(untilItWaits));
  const woken: Claimer[] = [];
  const waits = replicas.map(async (replica) => {
    await replica.waitForWork(5_000);
    woken.push(replica);
  });
  for (const [n, name] of NAMES.slice(0, replicas.length).entries()) {
    const beginMs = performance.now();
    await producer.add(jobs(name, 1));
    await waitFor(() => woken.length > n, { what: 'a replica wakes', everyMs: 1 });
    expect(performance.now() - beginMs).toBeLessThan(4_500);
    expect(woken).toHaveLength(n + 1);
    const [job] = await claimUntil(woken[n] as Claimer, 1, { what: 'it finds the job' });
    expect(job?.workspace).toBe(name);
  }
  await Promise.all(waits);
});

/** Until it waits for work: it has subscribed, and nothing is there. */
async function untilItWaits(replica: Claimer): Promise<void> {
  await waitFor(
    async () => {
      expect((await claim(replica, 64)).jobs).toEqual([]);
      const beginMs = performance.now();
      await replica.waitForWork(300);
      return performance.now() - beginMs > 250;
    },
    { what: 'the replica waits' },
  );
}

test('an idle replica sends no more than two commands a second to a shard', async () => {
  const replica = claimerOf({ stallIntervalMs: 5_000 });
  await replica.start();
  let over = false;
  const consumer = (async () => {
    while (!over) {
      expect((await claim(replica, 64)).jobs).toEqual([]);
      await replica.waitForWork(60_000);
    }
  })();
  await settleDown();
  const before = await commandsSoFar();
  const beginMs = performance.now();
  // The one place where time itself is the matter: commands within it are counted.
  await new Promise((resolve) => setTimeout(resolve, OBSERVED_MS));
  const sent = (await commandsSoFar()) - before;
  const seconds = (performance.now() - beginMs) / 1_000;
  over = true;
  replica.drain();
  replica.interrupt();
  await consumer;
  expect(sent / seconds / SHARDS).toBeLessThanOrEqual(2);
  // It was not idle because it was dead: the sweeps went on, one a shard every two seconds.
  expect(sent).toBeGreaterThan((SHARDS * OBSERVED_MS) / 2_000 / 2);
});

const OBSERVED_MS = 4_000;

/** Subscribed everywhere. */
function settleDown(): Promise<unknown> {
  return waitFor(
    async () => {
      const answers = await Promise.all(
        cluster.primaries.map(({ command }) => command('PUBSUB', 'SHARDCHANNELS')),
      );
      return answers.reduce((sum, answer) => sum + Number(/^\*(\d+)/.exec(answer)?.[1]), 0) === SHARDS;
    },
    { what: 'all shards are listened to' },
  );
}

/** What clients have called: scripts count once, and what they call inside does not. */
async function commandsSoFar(): Promise<number> {
  const stats = await Promise.all(cluster.primaries.map(({ command }) => command('INFO', 'commandstats')));
  const calls = (name: string) =>
    stats.reduce(
      (sum, text) => sum + Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(text)?.[1] ?? 0),
      0,
    );
  return ['evalsha', 'eval', 'lpop', 'ssubscribe', 'ping', 'cluster\\|slots', 'info'].reduce(
    (sum, name) => sum + calls(name),
    0,
  );
}

test('stock queues read and add, and what they add is found', async () => {
  const replica = claimerOf();
  await producer.add(jobs('ws-7', 2));
  const queue = scheduler.queueFor('ws-7');
  expect(await queue.getJobCounts()).toMatchObject({ waiting: 2 });
  const stock = new Queue('ws-7', {
    connection: raw as never,
    prefix: queuePrefix(shardOf('ws-7', SHARDS)),
    skipMetasUpdate: true,
  });
  await stock.add('work', { by: 'stock' });
  await replica.start();
  const claimed = await claimUntil(replica, 3, { what: 'all three are claimed' });
  expect(claimed.filter(({ payload }) => (payload as { by?: string }).by === 'stock')).toHaveLength(1);
  await Promise.all(claimed.map((job) => replica.complete(job, null)));
  expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, completed: 3 });
  await stock.close();
});

test('the doctor sees the worst of all primaries', async () => {
  const fullest = cluster.primaries[1] as (typeof cluster.primaries)[0];
  await fullest.command('CONFIG', 'SET', 'maxmemory', '64mb');
  await fullest.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  try {
    const facts = await inspectRedis({ url: cluster.url, cluster: true }, 5_000);
    expect(facts).toMatchObject({ evictionPolicy: 'allkeys-lru', maxBytes: 64 * 2 ** 20, appendOnly: false });
    expect(await scheduler.memory()).toMatchObject({ maxBytes: 64 * 2 ** 20 });
  } finally {
    await fullest.command('CONFIG', 'SET', 'maxmemory', '0');
    await fullest.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  }
});

test('the beat of every shard is raised, under the run id of its own primary', async () => {
  const seen = await scheduler.shardStates();
  expect(seen.map(({ shard }) => shard)).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
  expect(new Set(seen.map(({ server }) => server)).size).toBe(3);
  expect(await scheduler.beat(seen, 7)).toHaveLength(SHARDS);
  expect((await scheduler.shardStates()).every(({ beat }) => beat === 7)).toBe(true);
  expect(await scheduler.generation()).toBeDefined();
  expect((await scheduler.memory()).usedBytes).toBeGreaterThan(0);
});

test('while a primary is frozen a claim takes what others have, and what it brings late is not lost', async () => {
  const frozen = cluster.primaries[0] as (typeof cluster.primaries)[0];
  const away = await Promise.all(
    NAMES.map(async (name) => (await cluster.primaryOf(wakeKey(shardOf(name, SHARDS)))) === frozen),
  );
  const [lost, there] = [true, false].map((is) => NAMES.filter((_, i) => away[i] === is)) as [
    string[],
    string[],
  ];
  await producer.add(NAMES.flatMap((name) => jobs(name, 1)));
  // Nothing runs out while it is frozen.
  const replica = claimerOf({ lockMs: 60_000 });
  await replica.start();
  const [first] = await claimUntil(replica, 1, { what: 'one is claimed' });
  await frozen.kill('SIGSTOP');
  try {
    const given = [first!];
    await waitFor(
      async () => {
        given.push(...(await claim(replica, 256)).jobs);
        return there.every((name) => given.some(({ workspace }) => workspace === name));
      },
      { what: 'the jobs of the others are given' },
    );
    const [done] = given.filter(({ workspace }) => there.includes(workspace));
    expect(await replica.complete(done!, null)).toEqual({ outcome: 'settled' });
    // Jobs for it are answered as such, and those for others are taken.
    const [here, gone] = await producer.add(
      [...jobs(there[0] as string, 2), ...jobs(lost[0] as string, 2)].slice(1, 4),
    );
    expect([here?.outcome, gone?.outcome]).toEqual(['added', 'failed']);
    await frozen.kill('SIGCONT');
    await waitFor(
      async () => {
        given.push(...(await claim(replica, 256)).jobs);
        return lost.every((name) => given.some(({ workspace }) => workspace === name));
      },
      { what: 'its own jobs are given when it is back' },
    );
    expect(new Set(given.map(({ id }) => id)).size).toBe(given.length);
  } finally {
    await frozen.kill('SIGCONT');
  }
});
