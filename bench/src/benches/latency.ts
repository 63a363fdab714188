/**
 * How long does a job wait that nothing stands in the way of? From just before it is handed to the queue to the first
 * line of its handler, alone on an idle cluster and at 70 % load, producer and worker in one process for both. And what
 * an idle replica costs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nearestRank } from '@fairlead/core';
import { privateRedis, seeded } from '@fairlead/testkit';
import { Redis } from 'ioredis';
import type { Bench } from '../bench.ts';
import { median } from '../figure.ts';
import { openFairleadWorker, openStockWorker, type TimedWorker } from '../peers/timed-workers.ts';
import { medianRatio } from '../ratio.ts';
import { measure } from '../redis-usage.ts';

const ROUNDS = 3;
const IDLE_JOBS = 500;
/** Between two jobs on the idle cluster. */
const IDLE_GAP_MS = 5;
/** Ten handlers of 20 ms make 500 jobs/s. */
const LOAD = { concurrency: 10, workMs: 20, jobsPerSecond: 350, workspaces: 100 };
const LOAD_JOBS = 5_000;
const QUICK_PART = 10;
const IDLE_SECONDS = 10;

interface Waits {
  readonly p50: number;
  readonly p99: number;
}

export const latency: Bench = {
  name: 'latency',
  about: 'wait of a job on an idle cluster and at 70 % load, and the cost of an idle replica',
  async run({ quick, say }) {
    const rounds = quick ? 1 : ROUNDS;
    const part = quick ? QUICK_PART : 1;
    const server = await privateRedis();
    const redis = new Redis(server.url);
    const waits = new Map<string, Waits[]>();
    const note = (name: string, values: readonly number[]) => {
      const sorted = values.toSorted((a, b) => a - b);
      const seen = { p50: nearestRank(sorted, 0.5), p99: nearestRank(sorted, 0.99) };
      waits.set(name, [...(waits.get(name) ?? []), seen]);
      say(`${name.padEnd(20)} wait p50 ${seen.p50.toFixed(2)} ms, p99 ${seen.p99.toFixed(2)} ms`);
    };
    try {
      const contestants = { stock: openStockWorker, fairlead: openFairleadWorker };
      for (let round = 1; round <= rounds; round++) {
        for (const [name, open] of Object.entries(contestants)) {
          await redis.flushall();
          const alone = await open(server.url, { ...LOAD, workMs: 0, workspaces: 1 });
          note(`${name}, idle`, await oneByOne(alone, IDLE_JOBS / part));
          await alone.close();
          await redis.flushall();
          const loaded = await open(server.url, LOAD);
          note(`${name}, 70 %`, await atRandom(loaded, LOAD_JOBS / part, round));
          await loaded.close();
        }
      }
      const idleSeconds = quick ? 2 : IDLE_SECONDS;
      const resting = await openFairleadWorker(server.url, { ...LOAD, workMs: 0 });
      await sleep(1_000);
      const idle = await measure(redis, () => sleep(idleSeconds * 1_000));
      await resting.close();
      const ratio = (load: string, of: (seen: Waits) => number) =>
        medianRatio(
          (waits.get(`fairlead, ${load}`) ?? []).map(of),
          (waits.get(`stock, ${load}`) ?? []).map(of),
        );
      const value = (name: string, of: (seen: Waits) => number) => median((waits.get(name) ?? []).map(of));
      const p50 = (seen: Waits) => seen.p50;
      const p99 = (seen: Waits) => seen.p99;
      return {
        settings: { rounds, idleGapMs: IDLE_GAP_MS, ...LOAD },
        figures: [
          { name: 'p50_ratio', value: ratio('idle', p50), unit: '×', goal: { op: '<=', value: 1.2 } },
          { name: 'p99_ratio', value: ratio('idle', p99), unit: '×', goal: { op: '<=', value: 1.5 } },
          { name: 'p50_ratio_loaded', value: ratio('70 %', p50), unit: '×', goal: { op: '<=', value: 1.2 } },
          { name: 'p99_ratio_loaded', value: ratio('70 %', p99), unit: '×', goal: { op: '<=', value: 1.5 } },
          {
            name: 'idle_cpu_percent',
            value: ((idle.nodeMicroseconds + idle.redisMicroseconds) / (idle.seconds * 1e6)) * 100,
            unit: '%',
            goal: { op: '<=', value: 1 },
          },
          { name: 'p50_ms', value: value('fairlead, idle', p50), unit: 'ms' },
          { name: 'p99_ms', value: value('fairlead, idle', p99), unit: 'ms' },
          { name: 'p99_ms_loaded', value: value('fairlead, 70 %', p99), unit: 'ms' },
        ],
      };
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};

/** Each when the one before has begun. */
async function oneByOne(worker: TimedWorker, jobs: number): Promise<number[]> {
  await worker.hand(0, 0);
  const waits: number[] = [];
  for (let job = 0; job < jobs; job++) {
    await sleep(IDLE_GAP_MS);
    waits.push(await worker.hand(job + 1, 0));
  }
  return waits;
}

/** At times that do not know of each other (a Poisson process), the same for all contestants of a round. */
async function atRandom(worker: TimedWorker, jobs: number, seed: number): Promise<number[]> {
  const random = seeded(seed);
  const meanGapMs = 1_000 / LOAD.jobsPerSecond;
  const started: Promise<number>[] = [];
  let atMs = performance.now();
  for (let job = 0; job < jobs; job++) {
    atMs += -Math.log(1 - random.next()) * meanGapMs;
    const waitMs = atMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    started.push(worker.hand(job, job % LOAD.workspaces));
  }
  return Promise.all(started);
}
