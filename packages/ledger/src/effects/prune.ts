import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/** The oldest first; what is pending or unknown stays, however old. */
export async function pruneEffects(database: Database, olderThanMs: number, limit: number): Promise<number> {
  const gone = await database.query(Prisma.sql`
    WITH old AS (
      SELECT "workspace", "effectKey" FROM "Effect"
      WHERE "firstAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
        AND "outcome" IN ('succeeded', 'failed')
      ORDER BY "firstAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM "Effect" e USING old WHERE e."workspace" = old."workspace" AND e."effectKey" = old."effectKey"
    RETURNING 1 AS gone`);
  return gone.length;
}
