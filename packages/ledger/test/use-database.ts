import { afterAll, beforeAll } from '@jest/globals';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

export interface DatabaseRig {
  readonly server: LedgerServer;
  /** Migrated, and with a pool that counts its statements. */
  readonly database: CountingDatabase;
}

/** Declares a database on a private server for a test file; both live as long as its tests. */
export function useDatabase(): DatabaseRig {
  let parts: DatabaseRig | undefined;
  const started = () => {
    if (!parts) throw new Error('the database is opened in beforeAll');
    return parts;
  };
  beforeAll(async () => {
    const server = await startLedgerServer();
    parts = { server, database: openCounting(await server.migrated()) };
  });
  afterAll(async () => {
    await parts?.database.close();
    await parts?.server.stop();
  });
  return {
    get server() {
      return started().server;
    },
    get database() {
      return started().database;
    },
  };
}
