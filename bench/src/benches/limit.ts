/**
 * Where does Redis' time go? The processor time of each command, per job, while one replica drains 1,000 workspaces; and
 * below it the floor: the bare list, hash and lock commands that taking and ending a job needs, in the same batches, with
 * nothing else: no fairness, no events, no recovery, no tenant.
 */
import { privateRedis } from '@fairlead/testkit';
import { Redis } from 'ioredis';
import { type Bench, inTurn } from '../bench.ts';
import { type CommandUsage, commandUsage } from '../command-usage.ts';
import { type Figure, median } from '../figure.ts';
import { drainFairlead, fillFairlead } from '../peers/fairlead.ts';
import { drainFloor, fillFloor } from '../peers/floor.ts';
import { drainStock, fillStock, STOCK_CONCURRENCY } from '../peers/stock.ts';
import { measure } from '../redis-usage.ts';

const JOBS = 100_000;
const QUICK_JOBS = 10_000;
const ROUNDS = 3;
const WORKSPACES = 1_000;
const SHOWN = 12;

interface Cost {
  /** Of the server's process, µs a job. */
  readonly perJob: number;
  readonly commands: CommandUsage;
}

export const limit: Bench = {
  name: 'limit',
  about: "Redis' time by command, against the floor of the commands that a job needs",
  async run({ quick, say }) {
    const jobs = quick ? QUICK_JOBS : JOBS;
    const server = await privateRedis();
    const redis = new Redis(server.url);
    const contest = (fill: () => Promise<void>, drain: () => Promise<void>) => async (): Promise<Cost> => {
      await redis.flushall();
      await fill();
      await redis.config('RESETSTAT');
      const usage = await measure(redis, drain);
      return { perJob: usage.redisMicroseconds / jobs, commands: await commandUsage(redis, jobs) };
    };
    try {
      const results = await inTurn(
        {
          floor: contest(
            () => fillFloor(redis, jobs),
            () => drainFloor(redis, jobs),
          ),
          fairlead: contest(
            () => fillFairlead(server.url, jobs, WORKSPACES),
            () => drainFairlead(server.url, jobs),
          ),
          stock: contest(
            () => fillStock(server.url, jobs, 1),
            () => drainStock(server.url, jobs, 1, { concurrency: STOCK_CONCURRENCY }),
          ),
        },
        quick ? 1 : ROUNDS,
        say,
        ({ perJob, commands }) =>
          `Redis ${perJob.toFixed(1)} µs/job, of which ${[...commands.values()]
            .reduce((sum, { calls }) => sum + calls, 0)
            .toFixed(1)} commands`,
      );
      const costs = (name: string) => results[name] ?? [];
      const total = (name: string) => median(costs(name).map(({ perJob }) => perJob));
      const commands = new Set(costs('fairlead').flatMap((cost) => [...cost.commands.keys()]));
      const byCommand = [...commands]
        .map((command): Figure => {
          const values = costs('fairlead').map((cost) => cost.commands.get(command)?.microseconds ?? 0);
          return { name: `us_per_job_${command}`, value: median(values), unit: 'µs' };
        })
        .sort((a, b) => b.value - a.value)
        .slice(0, SHOWN);
      return {
        settings: { jobs, workspaces: WORKSPACES, stockConcurrency: STOCK_CONCURRENCY },
        figures: [
          { name: 'redis_us_per_job', value: total('fairlead'), unit: 'µs' },
          { name: 'redis_us_per_job_stock', value: total('stock'), unit: 'µs' },
          { name: 'redis_us_per_job_floor', value: total('floor'), unit: 'µs' },
          { name: 'ratio_to_floor', value: total('fairlead') / total('floor'), unit: '×' },
          ...byCommand,
        ],
      };
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};
