import { retryConflicts } from '../conflicts.ts';
import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { isJobId } from './job-id.ts';
import { storedError } from './stored-result.ts';

export interface FailedAttempt {
  readonly id: string;
  /** How many have failed, with this one. */
  readonly attempts: number;
  readonly error: string;
  /** When the next one may start; milliseconds since 1970. */
  readonly runAtMs: number;
}

/**
 * Notes attempts that failed and will be repeated, so that a rebuilt Redis does not forget how often. Changes nothing
 * for a job that is finished, nor for one of which a later attempt was noted already. One statement.
 */
export async function attemptFailed(database: Database, failed: readonly FailedAttempt[]): Promise<void> {
  const latest = new Map<string, FailedAttempt>();
  for (const one of failed) {
    const known = latest.get(one.id);
    if (isJobId(one.id) && (known === undefined || known.attempts < one.attempts)) latest.set(one.id, one);
  }
  const rows = [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.id);
  await retryConflicts(() =>
    database.query(Prisma.sql`
      WITH mine AS (
        SELECT "id" FROM "Job" WHERE "id" = ANY(${ids}::uuid[]) AND "state" IN ('accepted', 'queued')
        ORDER BY "id" FOR UPDATE
      )
      UPDATE "Job" j SET "attempts" = f.attempts, "lastError" = f.error, "runAt" = to_timestamp(f.run_at_ms / 1000),
        "queuedAt" = CASE WHEN j."state" = 'queued' THEN clock_timestamp() ELSE j."queuedAt" END
      FROM mine JOIN unnest(
        ${ids}::uuid[], ${rows.map((row) => row.attempts)}::int4[],
        ${rows.map((row) => storedError(row.error))}::text[], ${rows.map((row) => row.runAtMs)}::float8[]
      ) AS f(id, attempts, error, run_at_ms) ON f.id = mine."id"
      WHERE j."id" = mine."id" AND f.attempts >= j."attempts"`),
  );
}
