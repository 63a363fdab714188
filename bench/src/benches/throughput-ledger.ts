/**
 * Drains no-op jobs with the ledger on: one Fairlead replica over 1,000 workspaces, with handlers, locks, verdicts and
 * recorded outcomes, against stock BullMQ on one queue (without any record, with one Prisma update per job, and with one
 * bare `pg` update per job) and against queues that live in Postgres. Commits are durable for all. The clock stops when
 * the last job's end is recorded; counts are read back from Postgres, and every job's number is checked. Then the whole
 * way, from a batch that is posted over HTTP: the dispatcher and a replica against Express, `addBulk` and a stock worker.
 */
import { Redis } from 'ioredis';
import { type Bench, inTurn } from '../bench.ts';
import { type Figure, median } from '../figure.ts';
import { runFairleadEndToEnd, runStockEndToEnd } from '../peers/end-to-end.ts';
import { drainLedgered, fillLedgered } from '../peers/fairlead-ledgered.ts';
import { contestGraphile, contestPgBoss, GRAPHILE, PG_BOSS } from '../peers/postgres-queues.ts';
import { fillStock, STOCK_CONCURRENCY } from '../peers/stock.ts';
import {
  drainStockRecorded,
  fillPeerJobs,
  pgRecorder,
  prismaRecorder,
  type Recorder,
} from '../peers/stock-recorded.ts';
import { bestOf, medianRatio } from '../ratio.ts';
import { POSTGRES_CONFIG, startStores } from '../stores.ts';

const JOBS = 100_000;
const QUICK_JOBS = 10_000;
const ROUNDS = 3;
const WORKSPACES = 1_000;
const WORKSPACE_NAMES = Array.from({ length: WORKSPACES }, (_, i) => `w-${i}`);
const FAIRLEAD_CONCURRENCY = 512;
const RECORDER_CONNECTIONS = 32;

const NAMES = {
  fairlead: 'fairlead, ledger on',
  single: 'stock, no ledger',
  prisma: 'stock + prisma per job',
  pg: 'stock + pg per job',
  boss: 'pg-boss',
  graphile: 'graphile-worker',
  wholeWay: 'fairlead, end to end',
  wholeWayPrisma: 'stock + prisma, end to end',
} as const;

export const throughputLedger: Bench = {
  name: 'throughput-ledger',
  about: 'drain no-op jobs of 1,000 workspaces, ledger on, against queues that record each job',
  async run({ quick, say }) {
    const jobs = quick ? QUICK_JOBS : JOBS;
    const rounds = quick ? 1 : ROUNDS;
    const stores = await startStores();
    const { redisUrl } = stores;
    const redis = new Redis(redisUrl);

    const stock = (open?: (url: string, connections: number) => Recorder | Promise<Recorder>) => async () => {
      await redis.flushall();
      await fillStock(redisUrl, jobs, 1);
      if (!open) return jobs / (await drainStockRecorded(redisUrl, jobs, STOCK_CONCURRENCY));
      const databaseUrl = await stores.emptyDatabase();
      await fillPeerJobs(databaseUrl, jobs);
      const recorder = await open(databaseUrl, RECORDER_CONNECTIONS);
      const recording = { databaseUrl, recorder };
      return jobs / (await drainStockRecorded(redisUrl, jobs, STOCK_CONCURRENCY, recording));
    };
    const rates = await inTurn<number>(
      {
        [NAMES.fairlead]: async () => {
          await redis.flushall();
          const databaseUrl = await stores.ledgerDatabase();
          await fillLedgered(redisUrl, databaseUrl, jobs, WORKSPACES);
          return jobs / (await drainLedgered(redisUrl, databaseUrl, jobs, FAIRLEAD_CONCURRENCY));
        },
        [NAMES.single]: stock(),
        [NAMES.prisma]: stock(prismaRecorder),
        [NAMES.pg]: stock(pgRecorder),
        [NAMES.boss]: async () => jobs / (await contestPgBoss(await stores.emptyDatabase(), jobs)),
        [NAMES.graphile]: async () => jobs / (await contestGraphile(await stores.emptyDatabase(), jobs)),
        [NAMES.wholeWay]: async () => {
          await redis.flushall();
          const seconds = await runFairleadEndToEnd({
            redisUrl,
            databaseUrl: await stores.ledgerDatabase(),
            jobs,
            workspaces: WORKSPACE_NAMES,
            concurrency: FAIRLEAD_CONCURRENCY,
          });
          return jobs / seconds;
        },
        [NAMES.wholeWayPrisma]: async () => {
          await redis.flushall();
          const databaseUrl = await stores.emptyDatabase();
          await fillPeerJobs(databaseUrl, 0);
          const recorder = await prismaRecorder(databaseUrl, RECORDER_CONNECTIONS);
          const concurrency = STOCK_CONCURRENCY;
          return jobs / (await runStockEndToEnd({ redisUrl, databaseUrl, jobs, concurrency, recorder }));
        },
      },
      rounds,
      say,
      (rate) => `${Math.round(rate).toLocaleString('en')} jobs/s, ${(1e6 / rate).toFixed(1)} µs/job`,
    );
    redis.disconnect();
    await stores.stop();
    return {
      settings: {
        jobs,
        rounds,
        workspaces: WORKSPACES,
        fairleadConcurrency: FAIRLEAD_CONCURRENCY,
        stockConcurrency: STOCK_CONCURRENCY,
        recorderConnections: RECORDER_CONNECTIONS,
        pgBoss: JSON.stringify(PG_BOSS),
        graphileWorker: JSON.stringify(GRAPHILE),
        postgres: JSON.stringify(POSTGRES_CONFIG),
      },
      figures: throughputLedgerFigures(rates),
    };
  },
};

/** From jobs per second, by contestant and round. */
export function throughputLedgerFigures(rates: Readonly<Record<string, readonly number[]>>): Figure[] {
  const of = (name: string) => rates[name] ?? [];
  const ours = of(NAMES.fairlead);
  const rate = (name: string, who: string) => ({ name, value: median(of(who)), unit: 'jobs/s' });
  return [
    {
      name: 'ratio_stock_prisma_per_job',
      value: medianRatio(ours, of(NAMES.prisma)),
      unit: '×',
      goal: { op: '>=', value: 5 },
    },
    { name: 'ratio_stock_pg_per_job', value: medianRatio(ours, of(NAMES.pg)), unit: '×' },
    {
      name: 'ratio_stock_single_no_ledger',
      value: medianRatio(ours, of(NAMES.single)),
      unit: '×',
      goal: { op: '>=', value: 0.8 },
    },
    {
      name: 'ratio_best_postgres_queue',
      value: medianRatio(ours, bestOf([of(NAMES.boss), of(NAMES.graphile)])),
      unit: '×',
      goal: { op: '>=', value: 2 },
    },
    {
      name: 'ratio_stock_prisma_end_to_end',
      value: medianRatio(of(NAMES.wholeWay), of(NAMES.wholeWayPrisma)),
      unit: '×',
    },
    rate('fairlead_jobs_per_second', NAMES.fairlead),
    { name: 'fairlead_us_per_job', value: 1e6 / median(ours), unit: 'µs' },
    rate('stock_single_jobs_per_second', NAMES.single),
    rate('stock_prisma_jobs_per_second', NAMES.prisma),
    rate('stock_pg_jobs_per_second', NAMES.pg),
    rate('pg_boss_jobs_per_second', NAMES.boss),
    rate('graphile_worker_jobs_per_second', NAMES.graphile),
    rate('fairlead_end_to_end_jobs_per_second', NAMES.wholeWay),
    rate('stock_prisma_end_to_end_jobs_per_second', NAMES.wholeWayPrisma),
  ];
}
