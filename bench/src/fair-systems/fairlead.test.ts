/** Real consumers are held to the suite; what depends on the speed of the machine is left to the bench. */
import { readFileSync } from 'node:fs';
import { parseTrace } from '@fairlead/core';
import {
  FAIRNESS_SCENARIOS,
  type FairSystem,
  type Finding,
  holds,
  playScenario,
  privateCluster,
  privateRedis,
  quickSizes,
  type Sizes,
  type TestCluster,
  type TestRedis,
} from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fairleadSystem } from './fairlead.ts';

const trace = new URL('../../../infra/local/data/azure-functions-2021-sample.csv', import.meta.url);
const SHARDS = 6;
/** Smaller than quick: nothing here depends on many samples. */
const sizes = shortened(quickSizes(parseTrace(readFileSync(trace, 'utf8'))));
/** The others say the same of a cluster as of a server, or are a matter of time. */
const IN_A_CLUSTER = ['weights', 'quota', 'order'];

let server: TestRedis;
let cluster: TestCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([privateRedis(), privateCluster()]);
});
afterAll(() => Promise.all([server?.stop(), cluster?.stop()]));

test.each(FAIRNESS_SCENARIOS.map(({ name }) => name))('on one Redis: %s', async (name) => {
  const { url } = server;
  await expectConformance(name, fairleadSystem('redis', { redis: { url }, nodes: [url] }, 1));
});

test.each(IN_A_CLUSTER)('on a cluster: %s', async (name) => {
  const redis = { url: cluster.url, cluster: true };
  const nodes = cluster.primaries.map(({ port }) => `redis://127.0.0.1:${port}`);
  await expectConformance(name, fairleadSystem('cluster', { redis, nodes }, SHARDS));
});

async function expectConformance(name: string, system: FairSystem): Promise<void> {
  const scenario = FAIRNESS_SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const played = await playScenario(scenario, system, sizes);
  if (played.outcome !== 'played') throw new Error(`it lacks ${played.lacks.join(', ')}`);
  expect(played.findings.filter((finding) => !isFine(finding))).toEqual([]);
}

function isFine(finding: Finding): boolean {
  return finding.timed ? Number.isFinite(finding.value) : holds(finding);
}

function shortened(quick: Sizes): Sizes {
  return {
    ...quick,
    skew: { ...quick.skew, hog: 2_000, lights: 12, each: 20 },
    trickle: { ...quick.trickle, jobs: 4 },
    longHog: { longMs: 200, shortMs: 10, slots: 8, learnMs: 300, countMs: 700 },
    quota: { ...quick.quota, countMs: 1_000 },
    idleCapacity: { ...quick.idleCapacity, runMs: 100, waves: 2 },
    // A busy machine needs its time between a claim and the first line of a handler.
    order: { runMs: 250, slackMs: 240 },
    allAtQuota: { workspaces: 20, countMs: 1_000 },
    trace: { ...quick.trace, jobs: quick.trace.jobs.slice(0, 45), minuteMs: 600 },
  };
}
