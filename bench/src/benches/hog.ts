/**
 * How long do the jobs of light tenants wait while one tenant has more and more of them waiting? The skew of the fairness
 * suite, at several sizes of the hog: fair is what does not depend on it.
 */
import { nearestRank } from '@fairlead/core';
import { type FairSystem, type PlannedJob, privateRedis } from '@fairlead/testkit';
import type { Bench } from '../bench.ts';
import { fairleadSystem } from '../fair-systems/fairlead.ts';
import { groupMq } from '../fair-systems/groupmq.ts';
import type { FairServer } from '../fair-systems/server.ts';
import { stockFifo, stockWorkers } from '../fair-systems/stock.ts';
import { type Figure, median } from '../figure.ts';

const ROUNDS = 3;
const HOG_JOBS = [0, 100, 1_000, 10_000, 100_000];
const QUICK_HOG_JOBS = [0, 100, 1_000];
const LIGHT = { tenants: 20, each: 20 };
const SLOTS = 32;
const RUN_MS = 5;
const HOG = 'hog';

export const hog: Bench = {
  name: 'hog',
  about: 'wait of light tenants beside one with up to 100,000 jobs waiting, with stock BullMQ and GroupMQ',
  async run({ quick, say }) {
    const rounds = quick ? 1 : ROUNDS;
    const sizes = quick ? QUICK_HOG_JOBS : HOG_JOBS;
    const redis = await privateRedis();
    const server: FairServer = { redis: { url: redis.url }, nodes: [redis.url] };
    const systems = [
      fairleadSystem('redis', server, 1),
      stockFifo(server),
      stockWorkers(server),
      groupMq(server),
    ];
    const waits = new Map<string, number[]>();
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const size of sizes) {
          for (const system of systems) {
            const p95 = await lightWaitMs(system, size);
            const name = `skew_light_wait_p95_ms_${system.name}_at_${size}`;
            waits.set(name, [...(waits.get(name) ?? []), p95]);
            say(
              `round ${round}/${rounds}  hog ${String(size).padStart(6)}  ${system.name.padEnd(14)} p95 ${p95.toFixed(0)} ms`,
            );
          }
        }
      }
    } finally {
      await redis.stop();
    }
    return {
      settings: {
        rounds,
        lightTenants: LIGHT.tenants,
        lightJobsEach: LIGHT.each,
        slots: SLOTS,
        runMs: RUN_MS,
      },
      figures: figuresOf(waits, systems, sizes),
    };
  },
};

/** The waits, and what the largest hog makes of them. */
export function figuresOf(
  waits: ReadonlyMap<string, readonly number[]>,
  systems: readonly Pick<FairSystem, 'name' | 'standing'>[],
  sizes: readonly number[],
): Figure[] {
  const most = Math.max(...sizes);
  const at = (name: string, size: number) => waits.get(`skew_light_wait_p95_ms_${name}_at_${size}`) ?? [];
  return [
    ...[...waits].map(([name, values]) => ({ name, value: median(values), unit: 'ms' })),
    ...systems.map(({ name, standing }) => ({
      name: `skew_light_wait_p95_growth_${name}`,
      value: median(at(name, most)) / median(at(name, 0)),
      unit: '×',
      ...(standing === 'ours' ? { goal: { op: '<=' as const, value: 2 } } : {}),
    })),
  ];
}

/** The hog's jobs are there first; the others come in turn. */
async function lightWaitMs(system: FairSystem, hogJobs: number): Promise<number> {
  const contest = await system.open({ slots: SLOTS });
  try {
    const ofHog: PlannedJob[] = Array.from({ length: hogJobs }, () => ({ workspace: HOG, runMs: RUN_MS }));
    const ofLights: PlannedJob[] = Array.from({ length: LIGHT.tenants * LIGHT.each }, (_, i) => ({
      workspace: `light-${i % LIGHT.tenants}`,
      runMs: RUN_MS,
    }));
    if (hogJobs > 0) await contest.add(ofHog);
    await contest.add(ofLights);
    await contest.start();
    await contest.until(({ started, startedOf }) => started - startedOf(HOG) >= ofLights.length);
    const { attempts, atMs } = contest.seen();
    const waits = attempts
      .filter(({ workspace }) => workspace !== HOG)
      .map(({ readyAtMs, startedAtMs }) => (startedAtMs ?? atMs) - readyAtMs)
      .sort((a, b) => a - b);
    return nearestRank(waits, 0.95);
  } finally {
    await contest.close();
  }
}
