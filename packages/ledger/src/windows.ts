import { retryConflicts } from './conflicts.ts';
import type { Database } from './database.ts';
import { type DispatchWindow, type FunctionRun, Prisma } from './generated/client.ts';
import { lockOrder } from './jobs/job-id.ts';
import { IS_ACCEPTED } from './jobs/queued.ts';
import { type JobToAdd, TO_ADD_COLUMNS, type ToAddRow, toJobToAdd } from './jobs/record.ts';
import { readTimeCursor, writeTimeCursor } from './time-cursor.ts';

/**
 * Dispatch windows: a cron caller that posts the same window twice, because it was impatient or there are two of it,
 * dispatches it once.
 *
 *   open ─► DISPATCHING ─ enqueued ─► ENQUEUED
 *              │  ▲  └─ takeInline ─► INLINE_EMERGENCY, with a FunctionRun
 *       failed │  │ open again
 *              ▼  │
 *         ENQUEUE_FAILED
 *
 * Who opened it holds it by its `attempt`; a dispatcher that died leaves DISPATCHING behind, which may be opened again
 * after `staleMs`. The window's jobs have idempotency keys of its dispatch key, so that opening again adds none.
 *
 * A job belongs to the queue or to an inline run, never to both, whatever Redis has of it. `relayAt` says to whom while
 * it is `accepted`: a time, the queue's; null, the run's. To take a window's jobs is to set it to null; a consumer that
 * claims such a job first makes it `queued` (see jobs/verdicts.ts). Both lock the row, so one of them comes second and
 * finds it taken. That a relay has taken it too, or has it on the way to Redis, makes no difference.
 */
export interface Windows {
  /** `opened`: the caller dispatches it. `duplicate`: it was, or is being; this is the record. One or two statements. */
  open(window: WindowToOpen): Promise<{ outcome: 'opened' | 'duplicate'; window: DispatchWindow }>;
  /** False: somebody else has opened it since. */
  enqueued(held: HeldWindow, jobIds: readonly string[]): Promise<boolean>;
  failed(held: HeldWindow, jobIds: readonly string[], error: string): Promise<boolean>;
  /**
   * Before anything runs inline: in one transaction the window becomes INLINE_EMERGENCY, a run of it begins, and of its
   * jobs those in `inlineIds` become the run's, as far as they are accepted and no consumer has claimed them.
   * `undefined`: there is none of these, or the window is not the caller's; then nothing was changed.
   */
  takeInline(
    held: HeldWindow,
    jobIds: readonly string[],
    inlineIds: readonly string[],
  ): Promise<{ run: FunctionRun; jobs: JobToAdd[] } | undefined>;
  /** What is left of the jobs that were taken inline: a run that takes over goes on with them. */
  leftInline(dispatchKey: string): Promise<JobToAdd[]>;
  get(dispatchKey: string): Promise<DispatchWindow | undefined>;
  /** The newest first, by when they were first posted. A cursor that is none begins at the newest. */
  page(options: WindowSelection): Promise<{ windows: DispatchWindow[]; cursor: string | undefined }>;
  /** Deletes up to `limit` old ones; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

export interface WindowToOpen {
  readonly dispatchKey: string;
  readonly source: string;
  readonly windowStart: Date;
  readonly windowSeconds: number;
  readonly correlationId: string;
  /** After that long DISPATCHING, its dispatcher is taken for dead. Default 30,000. */
  readonly staleMs?: number | undefined;
}

export interface WindowSelection {
  readonly source?: string | undefined;
  readonly status?: DispatchWindow['status'] | undefined;
  /** First posted then or later. */
  readonly since?: Date | undefined;
  /** First posted before then. */
  readonly until?: Date | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface HeldWindow {
  readonly dispatchKey: string;
  readonly attempt: number;
}

const STALE_MS = 30_000;

export function createWindows(database: Database): Windows {
  const get = async (dispatchKey: string) =>
    (
      await database.query<DispatchWindow>(
        Prisma.sql`SELECT * FROM "DispatchWindow" WHERE "dispatchKey" = ${dispatchKey}`,
      )
    )[0];

  return {
    get,
    async open(wanted) {
      for (;;) {
        const [opened] = await open(database, wanted);
        if (opened !== undefined) return { outcome: 'opened', window: opened };
        const window = await get(wanted.dispatchKey);
        if (window !== undefined) return { outcome: 'duplicate', window };
      }
    },
    enqueued: (held, jobIds) =>
      settle(database, held, Prisma.sql`"status" = 'ENQUEUED', "error" = NULL`, jobIds, TWICE),
    failed: (held, jobIds, error) =>
      settle(database, held, Prisma.sql`"status" = 'ENQUEUE_FAILED', "error" = ${error}`, jobIds),
    async takeInline(held, jobIds, inlineIds) {
      const run = await retryConflicts(() => takeInline(database, held, jobIds, inlineIds));
      return run && { run, jobs: await leftInline(database, held.dispatchKey) };
    },
    leftInline: (dispatchKey) => leftInline(database, dispatchKey),
    async page({ source, status, since, until, cursor, limit }) {
      const before = readTimeCursor(cursor);
      const when = (given: unknown, condition: Prisma.Sql) =>
        given === undefined ? Prisma.sql`true` : condition;
      const windows = await database.query<DispatchWindow>(Prisma.sql`
        SELECT * FROM "DispatchWindow"
        WHERE ${when(source, Prisma.sql`"source" = ${source}`)}
          AND ${when(status, Prisma.sql`"status" = ${status}::"DispatchStatus"`)}
          AND ${when(since, Prisma.sql`"createdAt" >= ${since}`)} AND ${when(until, Prisma.sql`"createdAt" < ${until}`)}
          AND ${when(before, Prisma.sql`("createdAt", "dispatchKey") < (${before?.at}, ${before?.key})`)}
        ORDER BY "createdAt" DESC, "dispatchKey" DESC LIMIT ${String(limit)}::int4`);
      const last = windows.length < limit ? undefined : windows.at(-1);
      return { windows, cursor: last && writeTimeCursor({ at: last.createdAt, key: last.dispatchKey }) };
    },
    async prune(olderThanMs, limit) {
      const gone = await database.query(Prisma.sql`
        DELETE FROM "DispatchWindow" WHERE "dispatchKey" IN (
          SELECT "dispatchKey" FROM "DispatchWindow"
          WHERE "createdAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
          ORDER BY "createdAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
        ) RETURNING 1 AS gone`);
      return gone.length;
    },
  };
}

function open(database: Database, wanted: WindowToOpen): Promise<DispatchWindow[]> {
  const { dispatchKey, source, windowStart, windowSeconds, correlationId, staleMs = STALE_MS } = wanted;
  return database.query<DispatchWindow>(Prisma.sql`
    INSERT INTO "DispatchWindow" AS w ("dispatchKey", "source", "windowStart", "windowSeconds", "correlationId")
    VALUES (${dispatchKey}, ${source}, to_timestamp(${Number(windowStart)}::float8 / 1000), ${windowSeconds}::int4,
      ${correlationId})
    ON CONFLICT ("dispatchKey") DO UPDATE SET
      "status" = 'DISPATCHING', "attempt" = w."attempt" + 1, "correlationId" = excluded."correlationId",
      "error" = NULL, "updatedAt" = clock_timestamp()
    WHERE w."status" = 'ENQUEUE_FAILED' OR (w."status" = 'DISPATCHING'
      AND w."updatedAt" < clock_timestamp() - ${staleMs} * interval '1 ms')
    RETURNING *`);
}

async function settle(
  database: Database,
  held: HeldWindow,
  change: Prisma.Sql,
  jobIds: readonly string[],
  besides: Prisma.Sql = Prisma.empty,
): Promise<boolean> {
  const rows = await database.query(Prisma.sql`
    WITH dispatched AS (
      UPDATE "DispatchWindow" SET ${change}, "jobIds" = ${jobIds}::uuid[], "updatedAt" = clock_timestamp()
      WHERE "dispatchKey" = ${held.dispatchKey} AND "attempt" = ${held.attempt}::int4 AND "status" = 'DISPATCHING'
      RETURNING *
    )${besides}
    SELECT "attempt" FROM dispatched`);
  return rows.length > 0;
}

/**
 * Counts the workspaces of which the window in `dispatched` has a job that was dispatched already, by another window of
 * the source that overlaps it. One key is dispatched once; of two keys for the same time one caller has another length in
 * mind than the other, or than it had before. Windows of one length never overlap.
 */
const TWICE = Prisma.sql`, twice AS (
      INSERT INTO "DuplicateTotal" AS t ("workspace", "dispatches")
      SELECT DISTINCT j."workspace", 1 FROM dispatched w
      JOIN "DispatchWindow" o ON o."source" = w."source" AND o."windowSeconds" <> w."windowSeconds"
        AND o."status" IN ('ENQUEUED', 'INLINE_EMERGENCY')
        AND o."windowStart" > w."windowStart" - interval '1 hour'
        AND o."windowStart" < w."windowStart" + w."windowSeconds" * interval '1 s'
        AND o."windowStart" + o."windowSeconds" * interval '1 s' > w."windowStart"
      JOIN "Job" j ON j."id" = ANY(w."jobIds")
      JOIN "Job" before ON before."id" = ANY(o."jobIds") AND before."workspace" = j."workspace"
        AND before."requestHash" = j."requestHash"
      ORDER BY j."workspace"
      ON CONFLICT ("workspace") DO UPDATE SET "dispatches" = t."dispatches" + 1
    )`;

/** One statement is one transaction: with a run but without its jobs, or the other way round, they would run nowhere. */
async function takeInline(
  database: Database,
  held: HeldWindow,
  jobIds: readonly string[],
  inlineIds: readonly string[],
): Promise<FunctionRun | undefined> {
  const [run] = await database.query<FunctionRun>(Prisma.sql`
    WITH mine AS MATERIALIZED (
      SELECT "id" FROM "Job" WHERE "id" = ANY(${lockOrder(inlineIds)}::uuid[]) AND ${IS_ACCEPTED}
        AND "relayAt" IS NOT NULL
      ORDER BY "id" FOR UPDATE
    ), dispatched AS (
      UPDATE "DispatchWindow"
      SET "status" = 'INLINE_EMERGENCY', "jobIds" = ${jobIds}::uuid[], "error" = NULL, "updatedAt" = clock_timestamp()
      WHERE "dispatchKey" = ${held.dispatchKey} AND "attempt" = ${held.attempt}::int4 AND "status" = 'DISPATCHING'
        AND (SELECT count(*) FROM mine) > 0
      RETURNING *
    )${TWICE}, taken AS (
      UPDATE "Job" j SET "relayAt" = NULL FROM mine
      WHERE j."id" = mine."id" AND EXISTS (SELECT FROM dispatched) RETURNING 1
    )
    INSERT INTO "FunctionRun" ("runKey", "name", "dispatchKey", "correlationId")
    SELECT "dispatchKey", "source", "dispatchKey", "correlationId" FROM dispatched
    RETURNING *`);
  return run;
}

async function leftInline(database: Database, dispatchKey: string): Promise<JobToAdd[]> {
  const rows = await database.query<ToAddRow>(Prisma.sql`
    SELECT ${TO_ADD_COLUMNS} FROM "DispatchWindow" w CROSS JOIN unnest(w."jobIds") WITH ORDINALITY AS mine(id, place)
    JOIN "Job" j ON j."id" = mine.id
    WHERE w."dispatchKey" = ${dispatchKey} AND ${IS_ACCEPTED} AND j."relayAt" IS NULL
    ORDER BY mine.place`);
  return rows.map(toJobToAdd);
}
