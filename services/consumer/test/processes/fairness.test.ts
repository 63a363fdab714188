/**
 * Eight replicas, two hundred workspaces: quotas hold at every instant, and what is left is shared by weight.
 *
 * Workspaces without a quota have weights 1, 2 and 4 and more work than gets done. Among them are some with few slots, and
 * some with a slow token bucket, all of which could take far more. The run is judged three times: by counts taken
 * in Redis while it goes on, by what the handlers wrote down, and by the times of the claims.
 */

import type { WorkspaceCounts, WorkspaceSetting } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, type Run, startCluster } from './cluster.ts';

const REPLICAS = 8;
const WEIGHTS = [1, 2, 4];
const FREE = 180;
const SLOTS = 3;
const RATE_PER_SECOND = 5;
const BURST = 4;
/** Jobs of a workspace of weight 1; it is judged when about two thirds of them have started. */
const JOBS_PER_WEIGHT = 90;
const JUDGED_STARTS = 60;

const UNLIMITED = {
  weight: 1,
  concurrency: 0,
  ratePerSecond: 0,
  burst: 0,
  paused: false,
  fairness: 'starts',
} as const;

interface Tenant extends WorkspaceSetting {
  readonly jobs: number;
}

function tenant(
  kind: string,
  index: number,
  jobs: number,
  config: Partial<WorkspaceSetting['config']>,
): Tenant {
  return { workspace: `${kind}-${index}`, jobs, config: { ...UNLIMITED, ...config } };
}

const free = Array.from({ length: FREE }, (_, i) => {
  const weight = WEIGHTS[i % WEIGHTS.length] as number;
  return tenant(`free${weight}`, i, weight * JOBS_PER_WEIGHT, { weight });
});
const slotted = Array.from({ length: 10 }, (_, i) =>
  tenant('slots', i, 400, { weight: 4, concurrency: SLOTS }),
);
const metered = Array.from({ length: 10 }, (_, i) =>
  tenant('tokens', i, 400, { weight: 4, ratePerSecond: RATE_PER_SECOND, burst: BURST }),
);
const tenants = [...free, ...slotted, ...metered];

let cluster: Cluster;
let runs: Run[];
/** Every look at Redis while the replicas worked; one look is one call, so it is one instant. */
const samples: Map<string, WorkspaceCounts>[] = [];

beforeAll(async () => {
  // Nobody claims before all are there: whoever starts first would have done much of the work by then.
  cluster = await startCluster({ generation: false });
  await cluster.scheduler.configure(tenants);
  // One job of everybody at a time: the order in which they came must not matter.
  const jobs = tenants.flatMap(({ workspace, jobs }) =>
    Array.from({ length: jobs }, (_, i) => ({ workspace, id: `${workspace}-${i}`, payload: { ms: 20 } })),
  );
  await cluster.add(jobs);
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => cluster.replica({ FAIRLEAD_CONCURRENCY: '16' })),
  );
  await cluster.scheduler.writeGeneration();
  const names = tenants.map(({ workspace }) => workspace);
  await waitFor(
    async () => {
      const counts = await cluster.scheduler.counts(names);
      samples.push(new Map(counts.map((count) => [count.workspace, count])));
      return startsPerWeight(counts) >= JUDGED_STARTS;
    },
    { what: 'two thirds of the work have started', deadlineMs: 150_000, everyMs: 50 },
  );
  // No more starts: what runs now comes to its end, and is written down.
  await Promise.all(replicas.map((replica) => replica.stop()));
  runs = await cluster.runs();
}, 300_000);

afterAll(() => cluster.stop());

/** How many jobs a unit of weight has started, over the workspaces without a quota. */
function startsPerWeight(counts: readonly WorkspaceCounts[]): number {
  const started = counts
    .filter(({ workspace }) => workspace.startsWith('free'))
    .reduce((sum, { completed, active }) => sum + completed + active, 0);
  return started / free.reduce((sum, { config }) => sum + config.weight, 0);
}

describe('eight replicas on two hundred workspaces', () => {
  test('all take part, and every workspace without a quota has work to the end', () => {
    expect(new Set(runs.map((run) => run.pid)).size).toBe(REPLICAS);
    for (const { workspace } of free) expect(samples.at(-1)?.get(workspace)?.waiting).toBeGreaterThan(0);
  });

  test('share starts by weight within 5 %', () => {
    const last = samples.at(-1);
    const shares = free.map(({ workspace, config }) => {
      const count = last?.get(workspace);
      return { weight: config.weight, starts: (count?.completed ?? 0) + (count?.active ?? 0) };
    });
    const fair = startsPerWeight([...(last?.values() ?? [])]);
    for (const weight of WEIGHTS) {
      const same = shares.filter((share) => share.weight === weight);
      const mean = same.reduce((sum, share) => sum + share.starts, 0) / same.length / weight;
      expect(Math.abs(mean / fair - 1)).toBeLessThanOrEqual(0.05);
    }
    // And each by itself, but for the quantum of four that a visit may start.
    for (const { weight, starts } of shares) {
      expect(Math.abs(starts - fair * weight)).toBeLessThanOrEqual(0.05 * fair * weight + 4);
    }
  });

  test('never exceed a slot quota at any look at Redis', () => {
    expect(samples.length).toBeGreaterThan(20);
    const seen = slotted.flatMap(({ workspace }) =>
      samples.map((sample) => sample.get(workspace)?.active ?? 0),
    );
    expect(Math.max(...seen)).toBe(SLOTS);
  });

  test('never run more handlers of a workspace than it has slots', () => {
    const most = slotted.map(({ workspace }) =>
      mostAtOnce(runs.filter((run) => run.workspace === workspace)),
    );
    expect(Math.max(...most)).toBe(SLOTS);
  });

  test('never start more jobs than a token bucket gave tokens, in any stretch of time', async () => {
    for (const { workspace } of metered) {
      const jobs = await cluster.scheduler.queueFor(workspace).getJobs(['completed', 'active']);
      const claims = jobs.map((job) => job.processedOn ?? 0).sort((a, b) => a - b);
      // The burst and at least a few refills, so that the limit was felt.
      expect(claims.length).toBeGreaterThan(BURST + 2);
      expect(mostOverBudget(claims)).toBeLessThanOrEqual(0);
    }
  });

  test('run every job once', () => {
    expect(new Set(runs.map((run) => run.id)).size).toBe(runs.length);
  });
});

function mostAtOnce(of: readonly Run[]): number {
  const edges = of.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, change: 1 },
    { atMs: endMs ?? Number.POSITIVE_INFINITY, change: -1 },
  ]);
  edges.sort((a, b) => a.atMs - b.atMs || a.change - b.change);
  let running = 0;
  return edges.reduce((most, { change }) => {
    running += change;
    return Math.max(most, running);
  }, 0);
}

/** By how many starts the worst stretch exceeds burst + rate × time; times are whole milliseconds of Redis' clock. */
function mostOverBudget(claimsMs: readonly number[]): number {
  let worst = Number.NEGATIVE_INFINITY;
  claimsMs.forEach((fromMs, first) => {
    claimsMs.slice(first).forEach((toMs, further) => {
      const tokens = BURST + (RATE_PER_SECOND * (toMs - fromMs + 1)) / 1_000;
      worst = Math.max(worst, further + 1 - tokens);
    });
  });
  return worst;
}
