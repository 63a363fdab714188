import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { lockOrder } from './job-id.ts';

/**
 * As text, which fits no partial index. While its statistics are old the planner would rather read the relay's whole
 * index, millions of rows perhaps, than look up a hundred ids (measured: 5,500 rows a second instead of 45,000).
 */
export const IS_ACCEPTED = Prisma.sql`"state"::text = 'accepted'`;

/**
 * Redis has them: they become `queued`, only from `accepted`. Answers with those that did.
 *
 * The word may come late, when the job has died and has been given another life, which Redis need not have: so a row is
 * taken only as it was accepted first, which its times tell (another life, or an end of an inline run, moves `relayAt`),
 * or after the relay had it in this life (`queuedAt`, which another life empties). Others are left to the relay. What
 * cannot be told here: that Redis has been lost and repaired since it took the job. The reconciler's audit finds that.
 *
 * Rows that somebody else holds are skipped instead of waited for: it is the consumer that already finishes the job, or
 * the relay that adds it once more, and then there is nothing to say here. So the dispatcher's statement never waits in
 * a circle with theirs.
 */
export async function markQueued(
  database: Database,
  ids: readonly string[],
  graceMs: number,
): Promise<Set<string>> {
  const wanted = lockOrder(ids);
  if (wanted.length === 0) return new Set();
  const rows = await database.query<{ id: string }>(Prisma.sql`/* prepared: mark_queued */
    WITH mine AS (
      SELECT "id" FROM "Job"
      WHERE "id" = ANY(${wanted}::uuid[]) AND ${IS_ACCEPTED} AND "relayAt" IS NOT NULL
        AND ("queuedAt" IS NOT NULL OR "relayAt" = "createdAt" + ${graceMs} * interval '1 ms')
      FOR UPDATE SKIP LOCKED
    )
    UPDATE "Job" j SET "state" = 'queued', "queuedAt" = clock_timestamp(), "relayAt" = NULL
    FROM mine WHERE j."id" = mine."id" RETURNING j."id"`);
  return new Set(rows.map((row) => row.id));
}

/** Redis refused them: the relay takes them in its next round instead of after the grace. */
export async function relayNow(database: Database, ids: readonly string[]): Promise<void> {
  const wanted = lockOrder(ids);
  if (wanted.length === 0) return;
  await database.query(Prisma.sql`
    WITH mine AS (
      SELECT "id" FROM "Job"
      WHERE "id" = ANY(${wanted}::uuid[]) AND ${IS_ACCEPTED} AND "relayAt" > clock_timestamp()
      FOR UPDATE SKIP LOCKED
    )
    UPDATE "Job" j SET "relayAt" = clock_timestamp() FROM mine WHERE j."id" = mine."id"`);
}
