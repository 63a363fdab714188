import { applyMigrations } from '@fairlead/ledger';
import { privatePostgres, privateRedis, type TestPostgres, type TestRedis } from '@fairlead/testkit';

export interface Servers {
  readonly redis: TestRedis;
  readonly postgres: TestPostgres;
  /** Stops Postgres and all its sessions in the middle of whatever they do; gives the thaw. */
  freezePostgres(): Promise<() => void>;
  stop(): Promise<void>;
}

/** A private Redis and a migrated private Postgres. */
export async function startServers(): Promise<Servers> {
  const [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
  return {
    redis,
    postgres,
    freezePostgres: postgres.freeze,
    async stop() {
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}
