/**
 * Accepts jobs over HTTP: the dispatcher with the ledger on and off, and stock `addBulk` behind a bare Express route;
 * beside them what Postgres and Redis take when nothing stands before them. Server and client share this process, for
 * all of them: no contestant has a core of its own. Every batch's answer is read, and the jobs are counted afterwards in
 * Redis and in Postgres.
 */
import { nearestRank } from '@fairlead/core';
import { Redis } from 'ioredis';
import { type Bench, inTurn } from '../bench.ts';
import { type Figure, median } from '../figure.ts';
import { type Post, sendAll } from '../http-load.ts';
import { type Door, openDispatcher } from '../peers/dispatcher.ts';
import { openStockRoute } from '../peers/stock-route.ts';
import { postgresCeiling, redisCeiling } from '../peers/store-ceilings.ts';
import { medianRatio, worstOf } from '../ratio.ts';
import { POSTGRES_CONFIG, startStores } from '../stores.ts';

const BATCH = 1_000;
const BATCHES = 40;
const QUICK_BATCHES = 10;
const SINGLES = 5_000;
const QUICK_SINGLES = 1_000;
const ROUNDS = 3;
/** Batches under way: the next is read while the last is stored. */
const BATCHES_UNDER_WAY = 4;
const SINGLES_UNDER_WAY = 16;
const WORKSPACES = Array.from({ length: 1_000 }, (_, i) => `w-${i}`);
const PAYLOAD = { number: 123_456, text: 'x'.repeat(60) };

/** What one contestant did in one round; a ceiling has no single requests. */
export interface Accepted {
  readonly batchPerSecond: number;
  readonly singlePerSecond: number;
  readonly singleP50Ms: number;
  readonly singleP99Ms: number;
}

const NAMES = {
  on: 'dispatcher, ledger on',
  off: 'dispatcher, ledger off',
  stock: 'stock addBulk, Express',
  postgres: 'raw INSERT … unnest',
  redis: 'raw Redis pipeline',
} as const;

export const dispatch: Bench = {
  name: 'dispatch',
  about: 'accept jobs over HTTP, single and in batches of 1,000, ledger on and off',
  async run({ quick, say }) {
    const batches = quick ? QUICK_BATCHES : BATCHES;
    const singles = quick ? QUICK_SINGLES : SINGLES;
    const rounds = quick ? 1 : ROUNDS;
    const stores = await startStores();
    const { redisUrl } = stores;
    const redis = new Redis(redisUrl);
    const payload = JSON.stringify(PAYLOAD);

    const through = (open: () => Promise<Door>) => async (): Promise<Accepted> => {
      await redis.flushall();
      const door = await open();
      try {
        return await load(door, batches, singles);
      } finally {
        await door.close();
      }
    };
    const dispatcher = (ledger: 'on' | 'off') =>
      through(async () =>
        openDispatcher({
          redisUrl,
          databaseUrl: await stores.ledgerDatabase(),
          ledger,
          workspaces: WORKSPACES,
        }),
      );
    const results = await inTurn<Accepted>(
      {
        [NAMES.on]: dispatcher('on'),
        [NAMES.off]: dispatcher('off'),
        [NAMES.stock]: through(() => openStockRoute(redisUrl)),
        [NAMES.postgres]: async () =>
          ceiling(await postgresCeiling(await stores.ledgerDatabase(), batches * BATCH, payload)),
        [NAMES.redis]: async () => {
          await redis.flushall();
          return ceiling(await redisCeiling(redis, batches * BATCH, payload));
        },
      },
      rounds,
      say,
      describe,
    );
    redis.disconnect();
    await stores.stop();
    return {
      settings: {
        batchSize: BATCH,
        batches,
        batchesUnderWay: BATCHES_UNDER_WAY,
        singles,
        singlesUnderWay: SINGLES_UNDER_WAY,
        rounds,
        workspaces: WORKSPACES.length,
        postgres: JSON.stringify(POSTGRES_CONFIG),
      },
      figures: dispatchFigures(results),
    };
  },
};

async function load(door: Door, batches: number, singles: number): Promise<Accepted> {
  const job = { type: 'noop', payload: PAYLOAD };
  const body = JSON.stringify(WORKSPACES.map((workspace) => ({ workspace, ...job })));
  const { headers } = door;
  const batchPosts = Array.from({ length: batches }, (): Post => ({ url: door.batchUrl, body, headers }));
  const single = JSON.stringify(job);
  const singlePosts = Array.from(
    { length: singles },
    (_, i): Post => ({
      url: door.singleUrl(WORKSPACES[i % WORKSPACES.length] as string),
      body: single,
      headers,
    }),
  );
  // The code is compiled and the workspaces are known before the clock runs.
  await sendAll(batchPosts.slice(0, 2), 1, 207, allAccepted);
  await sendAll(singlePosts.slice(0, 200), SINGLES_UNDER_WAY, 202);
  const batched = await sendAll(batchPosts, BATCHES_UNDER_WAY, 207, allAccepted);
  const one = await sendAll(singlePosts, SINGLES_UNDER_WAY, 202);
  await door.verify((batches + 2) * BATCH + singles + 200);
  return {
    batchPerSecond: (batches * BATCH) / batched.seconds,
    singlePerSecond: singles / one.seconds,
    singleP50Ms: nearestRank(one.milliseconds, 0.5),
    singleP99Ms: nearestRank(one.milliseconds, 0.99),
  };
}

/** Every job of a batch has got an id. */
function allAccepted(answer: string): void {
  const ids = answer.split('"id":').length - 1;
  if (ids !== BATCH)
    throw new Error(`${ids} jobs of a batch of ${BATCH} were accepted: ${answer.slice(0, 300)}`);
}

function ceiling(batchPerSecond: number): Accepted {
  return {
    batchPerSecond,
    singlePerSecond: Number.NaN,
    singleP50Ms: Number.NaN,
    singleP99Ms: Number.NaN,
  };
}

function describe({ batchPerSecond, singlePerSecond, singleP50Ms, singleP99Ms }: Accepted): string {
  const batched = `${Math.round(batchPerSecond).toLocaleString('en')} jobs/s in batches`;
  if (Number.isNaN(singlePerSecond)) return batched;
  return (
    `${batched}, ${Math.round(singlePerSecond).toLocaleString('en')} single/s, ` +
    `p50 ${singleP50Ms.toFixed(1)} ms, p99 ${singleP99Ms.toFixed(1)} ms`
  );
}

/** From what each contestant did, by round. The store that is slower within a round is that round's ceiling. */
export function dispatchFigures(results: Readonly<Record<string, readonly Accepted[]>>): Figure[] {
  const all = (name: string, of: (accepted: Accepted) => number) => (results[name] ?? []).map(of);
  const batch = (name: string) => all(name, (accepted) => accepted.batchPerSecond);
  const p99 = (name: string) => median(all(name, (accepted) => accepted.singleP99Ms));
  const rate = (name: string) => median(all(name, (accepted) => accepted.singlePerSecond));
  const slower = worstOf([batch(NAMES.postgres), batch(NAMES.redis)]);
  return [
    {
      name: 'batch_ratio_to_store_ceiling',
      value: medianRatio(batch(NAMES.on), slower),
      unit: '×',
      goal: { op: '>=', value: 0.8 },
    },
    {
      name: 'batch_ratio_ledger_off_to_redis',
      value: medianRatio(batch(NAMES.off), batch(NAMES.redis)),
      unit: '×',
    },
    {
      name: 'batch_ratio_stock_add_bulk',
      value: medianRatio(batch(NAMES.on), batch(NAMES.stock)),
      unit: '×',
    },
    {
      name: 'batch_ratio_stock_add_bulk_off',
      value: medianRatio(batch(NAMES.off), batch(NAMES.stock)),
      unit: '×',
    },
    { name: 'single_request_p99_ms', value: p99(NAMES.on), unit: 'ms' },
    { name: 'single_request_p99_ms_ledger_off', value: p99(NAMES.off), unit: 'ms' },
    { name: 'single_request_p99_ms_stock', value: p99(NAMES.stock), unit: 'ms' },
    { name: 'single_requests_per_second', value: rate(NAMES.on), unit: 'req/s' },
    { name: 'single_requests_per_second_ledger_off', value: rate(NAMES.off), unit: 'req/s' },
    { name: 'single_requests_per_second_stock', value: rate(NAMES.stock), unit: 'req/s' },
    { name: 'batch_jobs_per_second', value: median(batch(NAMES.on)), unit: 'jobs/s' },
    { name: 'batch_jobs_per_second_ledger_off', value: median(batch(NAMES.off)), unit: 'jobs/s' },
    { name: 'batch_jobs_per_second_stock', value: median(batch(NAMES.stock)), unit: 'jobs/s' },
    { name: 'postgres_rows_per_second', value: median(batch(NAMES.postgres)), unit: 'rows/s' },
    { name: 'redis_jobs_per_second', value: median(batch(NAMES.redis)), unit: 'jobs/s' },
  ];
}
