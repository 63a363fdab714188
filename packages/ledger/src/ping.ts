import type { Database } from './database.ts';
import { asOutage, noAnswer } from './faults.ts';
import { Prisma } from './generated/client.ts';

/**
 * A ping that keeps its deadline whatever Postgres does, a frozen server included.
 *
 * All callers share the probe that is under way. A readiness check that asks every second would otherwise put one
 * more stuck statement into the pool each time, until there is no connection left for those who come after the thaw.
 */
export function createPing(database: Database): (deadlineMs: number) => Promise<void> {
  let probe: Promise<unknown> | undefined;

  return async function ping(deadlineMs) {
    probe ??= database.query(Prisma.sql`SELECT 1`).finally(() => {
      probe = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(noAnswer(deadlineMs)), deadlineMs);
    });
    try {
      await Promise.race([probe, deadline]);
    } catch (error) {
      throw asOutage(error);
    } finally {
      clearTimeout(timer);
    }
  };
}
