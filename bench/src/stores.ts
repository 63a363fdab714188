/**
 * The private servers of a bench that needs Postgres: commits are durable, unlike in tests, because that is what the
 * contestants are compared at. A database of its own for each contest, so that nobody pays for another one's dead rows.
 */
import { applyMigrations } from '@fairlead/ledger';
import { startPrivatePostgres } from '@fairlead/local';
import { privateRedis } from '@fairlead/testkit';
import { Pool } from 'pg';

export interface Stores {
  readonly redisUrl: string;
  /** An empty database. */
  emptyDatabase(): Promise<string>;
  /** A database with Fairlead's tables and nothing in them. */
  ledgerDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** The defaults that a small server would change; the same for all contestants. */
export const POSTGRES_CONFIG = { max_connections: '100', shared_buffers: '256MB', max_wal_size: '4GB' };

export async function startStores(): Promise<Stores> {
  const [redis, postgres] = await Promise.all([
    privateRedis(),
    startPrivatePostgres({ config: POSTGRES_CONFIG }),
  ]);
  let databases = 0;
  await applyMigrations(await postgres.createDatabase('template_ledger'));
  return {
    redisUrl: redis.url,
    emptyDatabase: () => postgres.createDatabase(`bench_${++databases}`),
    ledgerDatabase: () => postgres.createDatabase(`bench_${++databases}`, 'template_ledger'),
    stop: async () => {
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** Runs `work` with a pool of its own. */
export async function withPool<T>(url: string, max: number, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: url, max });
  // A server that stops may say so to a connection that is just being closed.
  pool.on('error', () => {});
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** @throws Error when `sql`, which gives one `count`, does not give `expected` */
export async function verifyCount(url: string, sql: string, expected: number): Promise<void> {
  const count = await withPool(url, 1, async (pool) => Number((await pool.query(sql)).rows[0]?.count));
  if (count !== expected) throw new Error(`the work is wrong: ${count} rows for ${expected} by ${sql}`);
}
