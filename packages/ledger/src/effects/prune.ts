import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/** The oldest first; what is pending or unknown stays, however old. Duplicates stay in the totals (control-signals.ts). */
export async function pruneEffects(database: Database, olderThanMs: number, limit: number): Promise<number> {
  const gone = await database.query(Prisma.sql`
    WITH old AS (
      SELECT "workspace", "effectKey" FROM "Effect"
      WHERE "firstAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
        AND "outcome" IN ('succeeded', 'failed')
      ORDER BY "firstAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM "Effect" e USING old WHERE e."workspace" = old."workspace" AND e."effectKey" = old."effectKey"
      RETURNING e."workspace", e."executions"
    ), remembered AS (
      INSERT INTO "DuplicateTotal" AS t ("workspace", "prunedSends")
      SELECT "workspace", sum("executions" - 1) FROM gone WHERE "executions" > 1 GROUP BY "workspace" ORDER BY "workspace"
      ON CONFLICT ("workspace") DO UPDATE SET "prunedSends" = t."prunedSends" + excluded."prunedSends"
    )
    SELECT 1 AS gone FROM gone`);
  return gone.length;
}
