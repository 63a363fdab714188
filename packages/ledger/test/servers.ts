import { privatePostgres } from '@fairlead/testkit';
import { applyMigrations } from '../src/migrate.ts';

export interface LedgerServer {
  /** A fresh database with all migrations. */
  migrated(): Promise<string>;
  /** A fresh database with nothing in it. */
  empty(): Promise<string>;
  /** Stops the server and every one of its sessions in the middle of whatever they do, until the thaw. */
  freeze(): Promise<Frozen>;
  /** Ends all client sessions from the server's side. */
  cutSessions(): Promise<void>;
  /** How many clients are connected to a database. */
  sessions(databaseUrl: string): Promise<number>;
  stop(): Promise<void>;
}

export interface Frozen {
  thaw(): void;
}

/** A private server, with the migrations applied once and copied from there. */
export async function startLedgerServer(): Promise<LedgerServer> {
  const postgres = await privatePostgres();
  await applyMigrations(postgres.url);
  return {
    migrated: () => postgres.database(postgres.url),
    empty: () => postgres.database(),
    freeze: async () => ({ thaw: await postgres.freeze() }),
    cutSessions: async () => {
      await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`);
    },
    sessions: async (databaseUrl) => {
      const name = new URL(databaseUrl).pathname.slice(1);
      const found = await postgres.query(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = '${name}'`,
      );
      return found.length;
    },
    stop: () => postgres.stop(),
  };
}
