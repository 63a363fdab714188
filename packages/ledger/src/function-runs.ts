import type { Database } from './database.ts';
import { type FunctionRun, Prisma } from './generated/client.ts';
import { IS_ACCEPTED } from './jobs/queued.ts';
import { storedError } from './jobs/stored-result.ts';
import { readTimeCursor, writeTimeCursor } from './time-cursor.ts';

/**
 * Runs of scheduled functions: one row for each dispatch window whose jobs ran inline, whoever ran them. The run key is the
 * dispatch key, the name is the source.
 *
 *   takeInline ─► RUNNING ─ finish ─► SUCCEEDED
 *     (windows.ts)  │  └─── finish ─► FAILED, and what is left of its jobs goes to the queue
 *                   └─ takeOver, after 15 minutes ─► RUNNING again, as the next attempt
 *
 * A run that has been RUNNING for more than 15 minutes is stale: its process is taken for dead. That its attempt FAILED
 * is noted in the audit and in `lastError`; the row is in the same statement the next attempt's, for a run that nobody
 * holds would be a run whose jobs nobody runs. Whoever holds it is told apart by the attempt: a process that was only
 * frozen changes nothing any more.
 */
export interface FunctionRuns {
  /** Fails stale runs, and begins them anew: they are the caller's now, whom `by` names in the audit. */
  takeOver(stale: StaleRuns): Promise<FunctionRun[]>;
  /**
   * Ends a run. With `error` it has failed; what is left of its jobs goes through the relay, in the same transaction.
   * `undefined`: the run is somebody else's by now, and nothing was changed.
   */
  finish(held: HeldRun, end: { error?: string | undefined }): Promise<FunctionRun | undefined>;
  get(runKey: string): Promise<FunctionRun | undefined>;
  /** The newest first. A cursor that is none begins at the newest. */
  page(options: RunSelection): Promise<{ runs: FunctionRun[]; cursor: string | undefined }>;
  /** Deletes up to `limit` runs that ended more than `olderThanMs` ago; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

export interface StaleRuns {
  readonly by: string;
  readonly limit: number;
  /** Only this one. */
  readonly runKey?: string | undefined;
  /** Default 15 minutes. */
  readonly staleMs?: number | undefined;
}

export interface RunSelection {
  readonly name?: string | undefined;
  readonly status?: FunctionRun['status'] | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface HeldRun {
  readonly runKey: string;
  readonly attempt: number;
}

const STALE_MS = 15 * 60_000;
const STALE_ERROR = 'The run did not end in time: its process is taken for dead.';

export function createFunctionRuns(database: Database): FunctionRuns {
  return {
    takeOver: (stale) => takeOver(database, stale),
    finish: (held, end) => finish(database, held, end.error),
    async get(runKey) {
      const [run] = await database.query<FunctionRun>(
        Prisma.sql`SELECT * FROM "FunctionRun" WHERE "runKey" = ${runKey}`,
      );
      return run;
    },
    async page({ name, status, cursor, limit }) {
      const before = readTimeCursor(cursor);
      const runs = await database.query<FunctionRun>(Prisma.sql`
        SELECT * FROM "FunctionRun"
        WHERE ${name === undefined ? Prisma.sql`true` : Prisma.sql`"name" = ${name}`}
          AND ${status === undefined ? Prisma.sql`true` : Prisma.sql`"status" = ${status}::"RunStatus"`}
          AND ${before === undefined ? Prisma.sql`true` : Prisma.sql`("startedAt", "runKey") < (${before.at}, ${before.key})`}
        ORDER BY "startedAt" DESC, "runKey" DESC LIMIT ${String(limit)}::int4`);
      const last = runs.length < limit ? undefined : runs.at(-1);
      return { runs, cursor: last && writeTimeCursor({ at: last.startedAt, key: last.runKey }) };
    },
    async prune(olderThanMs, limit) {
      const gone = await database.query(Prisma.sql`
        DELETE FROM "FunctionRun" WHERE "runKey" IN (
          SELECT "runKey" FROM "FunctionRun"
          WHERE "finishedAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
          ORDER BY "finishedAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
        ) RETURNING 1 AS gone`);
      return gone.length;
    },
  };
}

function takeOver(
  database: Database,
  { by, limit, runKey, staleMs = STALE_MS }: StaleRuns,
): Promise<FunctionRun[]> {
  return database.query<FunctionRun>(Prisma.sql`
    WITH stale AS (
      SELECT "runKey", "attempt", "startedAt" FROM "FunctionRun"
      WHERE "status" = 'RUNNING' AND ${runKey === undefined ? Prisma.sql`true` : Prisma.sql`"runKey" = ${runKey}`}
        AND "startedAt" < statement_timestamp() - ${staleMs} * interval '1 ms'
      ORDER BY "startedAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
    ), noted AS (
      INSERT INTO "AuditEntry" ("actor", "action", "subject", "before", "after")
      SELECT ${by}::text, 'function_run.failed', 'function_run:' || "runKey",
        jsonb_build_object('attempt', "attempt", 'startedAt', "startedAt"),
        jsonb_build_object('status', 'FAILED', 'lastError', ${STALE_ERROR}::text) FROM stale
    )
    UPDATE "FunctionRun" r SET "attempt" = r."attempt" + 1, "startedAt" = clock_timestamp(), "lastError" = ${STALE_ERROR}
    FROM stale WHERE r."runKey" = stale."runKey" RETURNING r.*`);
}

/** One statement is one transaction: what is left belongs to the run until it has ended, and to the relay from then on. */
async function finish(
  database: Database,
  { runKey, attempt }: HeldRun,
  error: string | undefined,
): Promise<FunctionRun | undefined> {
  const [run] = await database.query<FunctionRun>(Prisma.sql`
    WITH ended AS (
      UPDATE "FunctionRun" SET "finishedAt" = clock_timestamp(),
        "durationMs" = least(extract(epoch FROM clock_timestamp() - "startedAt") * 1000, 2147483647)::int4,
        "lastError" = ${error === undefined ? null : storedError(error)},
        "status" = ${error === undefined ? 'SUCCEEDED' : 'FAILED'}::"RunStatus"
      WHERE "runKey" = ${runKey} AND "attempt" = ${attempt}::int4 AND "status" = 'RUNNING' RETURNING *
    ), remaining AS (
      SELECT j."id" FROM ended JOIN "DispatchWindow" w USING ("dispatchKey") CROSS JOIN unnest(w."jobIds") AS mine(id)
      JOIN "Job" j ON j."id" = mine.id
      WHERE ${IS_ACCEPTED} AND j."relayAt" IS NULL
      ORDER BY j."id" FOR UPDATE OF j
    ), given_back AS (
      UPDATE "Job" j SET "relayAt" = clock_timestamp() FROM remaining WHERE j."id" = remaining."id"
    )
    SELECT * FROM ended`);
  return run;
}
