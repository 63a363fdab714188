import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/**
 * Deletes up to `limit` jobs that finished more than `olderThanMs` ago, the oldest first, and answers how many; fewer
 * than `limit` means that none is left. Their idempotency keys are free again. Rows that somebody else holds are left
 * for the next time.
 */
export async function prune(database: Database, olderThanMs: number, limit: number): Promise<number> {
  const rows = await database.query<{ deleted: number }>(Prisma.sql`
    WITH mine AS (
      SELECT "id" FROM "Job" WHERE "finishedAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
      ORDER BY "finishedAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM "Job" j USING mine WHERE j."id" = mine."id" RETURNING j."id"
    )
    SELECT count(*)::int4 AS deleted FROM gone`);
  return rows[0]?.deleted ?? 0;
}
