/** What the stores take when nothing stands before them: no HTTP, no checks, values made beforehand. */
import { newJobId } from '@fairlead/ledger';
import type { Redis } from 'ioredis';
import { verifyCount, withPool } from '../stores.ts';

const BATCH = 1_000;
/** Statements under way, as the ledger has them. */
const UNDER_WAY = 2;

/** Rows a second into Fairlead's own table and indexes, durable, 1,000 a statement. */
export async function postgresCeiling(databaseUrl: string, jobs: number, payload: string): Promise<number> {
  const batches = Array.from({ length: jobs / BATCH }, (_, batch) => [
    Array.from({ length: BATCH }, () => newJobId()),
    Array.from({ length: BATCH }, (_, i) => `w-${(batch * BATCH + i) % 1_000}`),
    Array.from({ length: BATCH }, () => payload),
  ]);
  const seconds = await withPool(databaseUrl, UNDER_WAY, (pool) =>
    inFlight(batches, UNDER_WAY, (values) =>
      pool.query(
        `INSERT INTO "Job" ("id", "workspace", "type", "payload", "maxAttempts", "relayAt")
         SELECT id, workspace, 'noop', payload, 3, now() + interval '10 s'
         FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS t(id, workspace, payload)`,
        values,
      ),
    ),
  );
  await verifyCount(databaseUrl, 'SELECT count(*) FROM "Job"', jobs);
  return jobs / seconds;
}

/** Jobs a second by bare commands in pipelines of 1,000 jobs: the hash, the list and the event that BullMQ keeps. */
export async function redisCeiling(redis: Redis, jobs: number, payload: string): Promise<number> {
  const now = Date.now();
  const batches = Array.from({ length: jobs / BATCH }, () => Array.from({ length: BATCH }, () => newJobId()));
  const seconds = await inFlight(batches, UNDER_WAY, async (ids) => {
    const pipeline = redis.pipeline();
    for (const [i, id] of ids.entries()) {
      const queue = `raw:${i}`;
      pipeline.hset(
        `${queue}:${id}`,
        'name',
        'noop',
        'data',
        payload,
        'opts',
        '{"attempts":3}',
        'timestamp',
        now,
      );
      pipeline.lpush(`${queue}:wait`, id);
      pipeline.xadd(`${queue}:events`, 'MAXLEN', '~', 100, '*', 'event', 'waiting', 'jobId', id);
    }
    const failed = (await pipeline.exec())?.find(([error]) => error);
    if (failed?.[0]) throw failed[0];
  });
  return jobs / seconds;
}

/** Sends everything with so many under way; gives the seconds. */
async function inFlight<T>(
  items: readonly T[],
  underWay: number,
  send: (item: T) => Promise<unknown>,
): Promise<number> {
  const rest = items.values();
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      for (const item of rest) await send(item);
    }),
  );
  return (performance.now() - startedMs) / 1_000;
}
