import { retryConflicts } from '../conflicts.ts';
import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import { lockOrder } from './job-id.ts';
import { IS_ACCEPTED } from './queued.ts';

/**
 * May a claimed job run? `finished`, `cancelled`: no; what runs inline counts as cancelled, for the queue. `unknown`: the
 * ledger has no such job, so it was added by others or has been pruned since.
 */
export type Verdict = 'run' | 'finished' | 'cancelled' | 'unknown';

/** Jobs of dispatch windows have keys that begin with this: of no others does an inline run take any. */
const WINDOW_PREFIX = 'dispatch:';

/** The idempotency key of a window's job, by its place in the request. */
export function windowJobKey(dispatchKey: string, place: number): string {
  return `${WINDOW_PREFIX}${dispatchKey}:${place}`;
}

/**
 * One read for all; every id asked for is in the answer.
 *
 * A window's job that is still `accepted` may be taken inline at any moment: its dispatcher may wait in vain for Redis to
 * say that it has what the consumer is holding here. So the consumer makes it `queued` before it runs it, and whoever
 * locks the row first has the job. That costs one more statement when there are such jobs in the batch.
 */
export async function verdicts(database: Database, ids: readonly string[]): Promise<Map<string, Verdict>> {
  const answer = new Map<string, Verdict>(ids.map((id) => [id, 'unknown']));
  let open = lockOrder(ids);
  while (open.length > 0) {
    const rows = await read(database, open);
    // What was taken to run inline must not run here too.
    for (const { id, state, isInline } of rows) answer.set(id, isInline ? 'cancelled' : VERDICTS[state]);
    const contested = rows.filter((row) => row.isContested).map((row) => row.id);
    const ours = contested.length > 0 ? await takeForQueue(database, contested) : new Set();
    // Somebody else has changed these in between: what they are now, the next read tells.
    open = contested.filter((id) => !ours.has(id));
  }
  return answer;
}

interface Row {
  id: string;
  state: JobState;
  isInline: boolean;
  isContested: boolean;
}

function read(database: Database, ids: readonly string[]): Promise<Row[]> {
  return database.query<Row>(Prisma.sql`/* prepared: verdicts */
    SELECT "id", "state", ("state" = 'accepted' AND "relayAt" IS NULL) AS "isInline",
      ("state" = 'accepted' AND "relayAt" IS NOT NULL AND "idempotencyKey" IS NOT NULL
        AND starts_with("idempotencyKey", ${WINDOW_PREFIX})) AS "isContested"
    FROM "Job" WHERE "id" = ANY(${ids}::uuid[])`);
}

async function takeForQueue(database: Database, ids: readonly string[]): Promise<Set<string>> {
  const rows = await retryConflicts(() =>
    database.query<{ id: string }>(Prisma.sql`
      WITH mine AS (
        SELECT "id" FROM "Job" WHERE "id" = ANY(${lockOrder(ids)}::uuid[]) AND ${IS_ACCEPTED}
          AND "relayAt" IS NOT NULL
        ORDER BY "id" FOR UPDATE
      )
      UPDATE "Job" j SET "state" = 'queued', "queuedAt" = clock_timestamp(), "relayAt" = NULL
      FROM mine WHERE j."id" = mine."id" RETURNING j."id"`),
  );
  return new Set(rows.map((row) => row.id));
}

const VERDICTS = {
  accepted: 'run',
  queued: 'run',
  succeeded: 'finished',
  dead: 'finished',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, Verdict>;
