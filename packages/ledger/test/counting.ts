import { type Database, openDatabase } from '../src/database.ts';

export interface CountingDatabase extends Database {
  /** Statements since it was asked last. */
  statements(): number;
}

/** A pool on `databaseUrl` that counts its statements. */
export function openCounting(databaseUrl: string, poolSize = 4): CountingDatabase {
  const opened = openDatabase({ databaseUrl, poolSize });
  let count = 0;
  return {
    ...opened,
    query: (statement) => {
      count++;
      return opened.query(statement);
    },
    statements: () => {
      const since = count;
      count = 0;
      return since;
    },
  };
}
