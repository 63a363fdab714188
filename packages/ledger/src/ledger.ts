import { openDatabase } from './database.ts';
import { createJobs, type Jobs, type JobsOptions } from './jobs/jobs.ts';
import { createPing } from './ping.ts';
import { createWorkspaces, type Workspaces } from './workspaces.ts';

export interface LedgerOptions extends JobsOptions {
  /** postgresql://user:password@host:port/database */
  readonly databaseUrl: string;
  /** Connections at most; default 4: statements are batched, so a few are enough. */
  readonly poolSize?: number;
}

export interface Ledger {
  /**
   * Resolves when Postgres answers within `deadlineMs`.
   * Rejects with LEDGER_UNAVAILABLE at the deadline at the latest, also when Postgres is frozen.
   */
  ping(deadlineMs: number): Promise<void>;
  readonly workspaces: Workspaces;
  readonly jobs: Jobs;
  /** Closes the connections; statements under way are waited for. Later calls reject with LEDGER_UNAVAILABLE. */
  close(): Promise<void>;
}

const DEFAULT_POOL_SIZE = 4;

/**
 * The ledger on one database, whose migrations must have been applied. Connects with the first call, and again after
 * an outage. Throws CONFIG_INVALID when the URL is none.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { databaseUrl, poolSize = DEFAULT_POOL_SIZE } = options;
  const database = openDatabase({ databaseUrl, poolSize });
  return {
    ping: createPing(database),
    workspaces: createWorkspaces(database),
    jobs: createJobs(database, options),
    close: () => database.close(),
  };
}
