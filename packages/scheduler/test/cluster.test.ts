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
  type Producer,
  type Scheduler,
} from '../src/index.ts';
import { queuePrefix, shardOf, slotOf } from '../src/keys.ts';
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
  await scheduler.ping(5_000);
}, 60_000);

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
  const claimer = createClaimer(scheduler, { ...SHORT, replicaId: `replica-${claimers.length}`, ...options });
  claimers.push(claimer);
  return claimer;
}

/** By node: how often a command was refused, by the reason. */
async function refusals(): Promise<string[]> {
  const stats = await Promise.all(cluster.primaries.map(({ command }) => command('INFO', 'errorstats')));
  return stats.flatMap((text) => text.match(/errorstat_\w+/g) ?? []);
}

test('shards spread over all primaries', () => {
  const nodes = Array.from({ length: SHARDS }, (_, shard) => Math.floor(slotOf(shard) / (16_384 / 3)));
  for (const node of [0, 1, 2]) expect(nodes.filter((n) => n === node).length).toBeGreaterThan(SHARDS / 6);
});

test('jobs of 200 workspaces are added, claimed and finished, and no command meets a foreign slot', async () => {
  await producer.add(NAMES.flatMap((name) => jobs(name, 3)));
  expect(await scheduler.totals()).toMatchObject({ ready: 200, known: 200 });
  const replica = claimerOf();
  let done = 0;
  while (done < 600) {
    const { jobs: claimed } = await claim(replica, 64);
    expect(claimed.length).toBeGreaterThan(0);
    const outcomes = await Promise.all(claimed.map((job) => replica.complete(job, { ok: true })));
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['settled']));
    done += claimed.length;
  }
  const counts = await scheduler.counts(NAMES);
  expect(counts.map(({ workspace, completed, waiting }) => [workspace, completed, waiting])).toEqual(
    NAMES.map((name) => [name, 3, 0]),
  );
  const refused = await refusals();
  expect(refused.filter((reason) => /CROSSSLOT/.test(reason))).toEqual([]);
});
