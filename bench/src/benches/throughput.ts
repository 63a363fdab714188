/**
 * Drains no-op jobs, ledger off: one Fairlead replica over many workspaces against stock BullMQ on one queue with its best
 * concurrency, and against stock BullMQ with one worker per workspace. Event streams, locks, retries and stalled
 * checks are on for all; completed jobs are removed; every job's number is checked.
 */
import { privateRedis } from '@fairlead/testkit';
import { Redis } from 'ioredis';
import { type Bench, inTurn } from '../bench.ts';
import { median } from '../figure.ts';
import { drainFairlead, fillFairlead } from '../peers/fairlead.ts';
import { drainStock, fillStock } from '../peers/stock.ts';
import { measure, type Usage } from '../redis-usage.ts';

const JOBS = 100_000;
const QUICK_JOBS = 10_000;
const ROUNDS = 3;
/** Found by trying 25, 50, 100, 200 and 400: more gains nothing. */
const STOCK_CONCURRENCY = 100;
const MANY = 1_000;

export const throughput: Bench = {
  name: 'throughput',
  about: 'drain no-op jobs from 1, 100 and 1,000 workspaces, ledger off',
  async run({ quick, say }) {
    const jobs = quick ? QUICK_JOBS : JOBS;
    const rounds = quick ? 1 : ROUNDS;
    const server = await privateRedis();
    const redis = new Redis(server.url);

    const contest = (fill: () => Promise<void>, drain: () => Promise<void>) => async (): Promise<Usage> => {
      await redis.flushall();
      await fill();
      return measure(redis, drain);
    };
    const fairlead = (workspaces: number) =>
      contest(
        () => fillFairlead(server.url, jobs, workspaces),
        () => drainFairlead(server.url, jobs),
      );
    const stock = (queues: number) =>
      contest(
        () => fillStock(server.url, jobs, queues),
        () => drainStock(server.url, jobs, queues, { concurrency: STOCK_CONCURRENCY }),
      );
    const perSecond = ({ seconds }: Usage) => jobs / seconds;

    const results = await inTurn(
      {
        'stock, one queue': stock(1),
        'stock, a worker per queue': stock(MANY),
        'fairlead, 1 workspace': fairlead(1),
        'fairlead, 100 workspaces': fairlead(100),
        'fairlead, 1,000 workspaces': fairlead(MANY),
      },
      rounds,
      say,
      (usage) =>
        `${Math.round(perSecond(usage)).toLocaleString('en')} jobs/s, Redis ${(usage.redisMicroseconds / jobs).toFixed(1)} µs/job, ` +
        `Node ${(usage.nodeMicroseconds / jobs).toFixed(1)} µs/job`,
    );
    redis.disconnect();
    await server.stop();

    const rate = (name: string) => median((results[name] ?? []).map(perSecond));
    const perJob = (name: string, of: (usage: Usage) => number) =>
      median((results[name] ?? []).map((usage) => of(usage) / jobs));
    const single = rate('stock, one queue');
    const many = 'fairlead, 1,000 workspaces';
    return {
      settings: {
        jobs,
        rounds,
        stockConcurrency: STOCK_CONCURRENCY,
        fairleadBatch: 64,
        fairleadClaimsInFlight: 2,
        quantum: 4,
      },
      figures: [
        { name: 'stock_single_jobs_per_second', value: single, unit: 'jobs/s' },
        { name: 'ratio_stock_single_at_1', value: rate('fairlead, 1 workspace') / single, unit: '×' },
        { name: 'ratio_stock_single_at_100', value: rate('fairlead, 100 workspaces') / single, unit: '×' },
        {
          name: 'ratio_stock_single_at_1000',
          value: rate(many) / single,
          unit: '×',
          goal: { op: '>=', value: 1.3 },
        },
        {
          name: 'ratio_worker_per_queue_at_1000',
          value: rate(many) / rate('stock, a worker per queue'),
          unit: '×',
          goal: { op: '>=', value: 4 },
        },
        {
          name: 'redis_us_per_job_at_1000',
          value: perJob(many, (usage) => usage.redisMicroseconds),
          unit: 'µs',
          goal: { op: '<=', value: 28 },
        },
        {
          name: 'node_us_per_job_at_1000',
          value: perJob(many, (usage) => usage.nodeMicroseconds),
          unit: 'µs',
          goal: { op: '<=', value: 22 },
        },
      ],
    };
  },
};
