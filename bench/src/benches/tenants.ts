/**
 * What does a tenant cost? The same jobs from 10, 1,000 and 100,000 workspaces, all backlogged; and 100,000 workspaces that
 * have nothing to do: their memory, the commands that an idle replica sends, and what they cost ten that are busy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { privateRedis, waitFor } from '@fairlead/testkit';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { type Bench, inTurn } from '../bench.ts';
import { countCommands } from '../command-count.ts';
import { play } from '../contest/contest.ts';
import { median } from '../figure.ts';
import { drainFairlead, FAIRLEAD_CONCURRENCY, fillFairlead } from '../peers/fairlead.ts';
import { medianRatio } from '../ratio.ts';
import { measure, redisMemory, type Usage } from '../redis-usage.ts';

const ROUNDS = 3;
const WORKSPACES = [10, 1_000, 100_000] as const;
/** Enough for a whole quantum of each workspace: with one job each, there is nothing to do in one visit but one job. */
const JOBS_EACH = 4;
const QUICK_PART = 10;
const IDLE_SECONDS = 10;
/** Of the product it is an hour. */
const TIDY_AFTER_MS = 1_000;

export const tenants: Bench = {
  name: 'tenants',
  about: 'cost of a job with 10 to 100,000 workspaces, and of 100,000 that are idle',
  async run({ quick, say }) {
    const counts = quick ? WORKSPACES.map((count) => Math.max(10, count / QUICK_PART)) : WORKSPACES;
    const rounds = quick ? 1 : ROUNDS;
    const most = counts.at(-1) as number;
    const jobs = most * JOBS_EACH;
    const server = await privateRedis();
    const redis = new Redis(server.url);
    try {
      const backlogged = (tenants: number) => () => play({ peer: 'fairlead', jobs, tenants });
      const results = await inTurn(
        Object.fromEntries(counts.map((count) => [nameOf(count), backlogged(count)])),
        rounds,
        say,
        (usage) =>
          `Redis ${perJob(usage, jobs).toFixed(1)} µs/job, Node ${nodePerJob(usage, jobs).toFixed(1)}`,
      );
      const redisCosts = (count: number) =>
        (results[nameOf(count)] ?? []).map((usage) => perJob(usage, jobs));
      const nodeCosts = (count: number) =>
        (results[nameOf(count)] ?? []).map((usage) => nodePerJob(usage, jobs));
      const few = counts[0] as number;

      await redis.flushall();
      const emptyBytes = await redisMemory(redis);
      await fillFairlead(server.url, most, most);
      await drainFairlead(server.url, most, { tidyAfterMs: TIDY_AFTER_MS });
      const idle = await idleReplica(server.url, redis, most, say);
      const idleBytes = (await redisMemory(redis)) - emptyBytes;
      await fillFairlead(server.url, jobs, few);
      const besideIdle = await measure(redis, () => drainFairlead(server.url, jobs));
      return {
        settings: { jobs, rounds, fairleadConcurrency: FAIRLEAD_CONCURRENCY, tidyAfterMs: TIDY_AFTER_MS },
        figures: [
          ...counts.map((count) => ({
            name: `redis_us_per_job_at_${count}`,
            value: median(redisCosts(count)),
            unit: 'µs',
          })),
          ...counts.map((count) => ({
            name: `node_us_per_job_at_${count}`,
            value: median(nodeCosts(count)),
            unit: 'µs',
          })),
          {
            name: `cost_growth_${few}_to_${most}`,
            value: medianRatio(redisCosts(most), redisCosts(few)),
            unit: '×',
            goal: { op: '<=', value: 1.25 },
          },
          {
            name: `node_cost_growth_${few}_to_${most}`,
            value: medianRatio(nodeCosts(most), nodeCosts(few)),
            unit: '×',
          },
          {
            name: 'idle_commands_per_second',
            value: idle.commandsPerSecond,
            unit: '/s',
            goal: { op: '<=', value: 2 },
          },
          {
            name: 'idle_redis_cpu_percent',
            value: idle.redisPercent,
            unit: '%',
          },
          {
            name: 'idle_bytes_per_workspace',
            value: idleBytes / most,
            unit: 'bytes',
            goal: { op: '<=', value: 300 },
          },
          {
            name: 'cost_ratio_beside_idle',
            value: perJob(besideIdle, jobs) / median(redisCosts(few)),
            unit: '×',
          },
        ],
      };
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};

/** A replica with nothing to do, after it has tidied away what drained queues left. */
async function idleReplica(
  url: string,
  redis: Redis,
  workspaces: number,
  say: (line: string) => void,
): Promise<{ commandsPerSecond: number; redisPercent: number }> {
  const consumer = createConsumer({
    handlers: defineHandlers({ noop: { input: z.unknown(), run: () => null } }),
    redis: { url },
    tidyAfterMs: TIDY_AFTER_MS,
  });
  await consumer.start();
  await sleep(TIDY_AFTER_MS);
  // What a workspace is set to stays: one key.
  await waitFor(async () => (await redis.dbsize()) < workspaces * 1.1, {
    what: 'what drained queues left is tidied away',
    deadlineMs: workspaces + 60_000,
  });
  say(`${workspaces.toLocaleString('en')} idle workspaces, tidied: ${await redis.dbsize()} keys`);
  let commands = 0;
  const usage = await measure(redis, async () => {
    commands = await countCommands(url, () => sleep(IDLE_SECONDS * 1_000));
  });
  await consumer.drain();
  return {
    commandsPerSecond: commands / IDLE_SECONDS,
    redisPercent: (usage.redisMicroseconds / (usage.seconds * 1e6)) * 100,
  };
}

const nameOf = (workspaces: number) => `${workspaces.toLocaleString('en')} workspaces`;
const perJob = (usage: Usage, jobs: number) => usage.redisMicroseconds / jobs;
const nodePerJob = (usage: Usage, jobs: number) => usage.nodeMicroseconds / jobs;
