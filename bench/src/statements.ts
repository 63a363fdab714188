import { Client } from 'pg';

export interface StatementCount {
  /** Statements that this process has sent since it was asked last. */
  taken(): number;
  stop(): void;
}

/** Counts what the driver sends, whoever calls it: the ledger has no way around it. */
export function countStatements(): StatementCount {
  const prototype = Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  let count = 0;
  prototype.query = function (...args) {
    count++;
    return query.apply(this, args);
  };
  return {
    taken: () => {
      const since = count;
      count = 0;
      return since;
    },
    stop: () => {
      prototype.query = query;
    },
  };
}
