import { driverReport } from './faults.ts';

/** Deadlock, and a serialization failure: PostgreSQL took our statement back for another's sake. */
const CONFLICTS: readonly string[] = ['40P01', '40001'];
const MAX_TRIES = 5;
const PAUSE_MS = 5;

/**
 * Runs a statement again when PostgreSQL sacrificed it to another one. Our statements lock in one order, so this is for
 * the statements of others: an operator's UPDATE, or a standby that cancels.
 */
export async function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries >= MAX_TRIES || !isConflict(error)) throw error;
      // Apart from each other, so that the two do not meet again.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries * (1 + Math.random())));
    }
  }
}

function isConflict(error: unknown): boolean {
  const { sqlState, kind } = driverReport(error);
  return (sqlState !== undefined && CONFLICTS.includes(sqlState)) || kind === 'TransactionWriteConflict';
}
