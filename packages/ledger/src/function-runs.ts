import type { Database } from './database.ts';
import { type FunctionRun, Prisma } from './generated/client.ts';
import { storedError } from './jobs/stored-result.ts';

/**
 * Runs of scheduled functions: one row per run key, whoever runs it and wherever. A run that has been RUNNING for more
 * than 15 minutes is stale: its process is taken for dead, it is marked FAILED, and whoever starts it next recovers it.
 */
export interface FunctionRuns {
  /**
   * `started`: the caller runs it. `recovered`: so too, in the place of a stale run. `running`, `succeeded`: it does not;
   * this is the record. A failed run may be started again.
   */
  start(run: RunToStart): Promise<{ outcome: StartOutcome; run: FunctionRun }>;
  /** False: the run is somebody else's by now, or was found stale. */
  finish(held: HeldRun, end: { succeeded: true } | { succeeded: false; error: string }): Promise<boolean>;
  /** Marks up to `limit` stale runs FAILED, and answers with them: they are the caller's to recover. */
  failStale(options: { limit: number; staleMs?: number }): Promise<FunctionRun[]>;
  get(runKey: string): Promise<FunctionRun | undefined>;
  /** Of one function, the newest first. */
  list(name: string, limit: number): Promise<FunctionRun[]>;
  /** Deletes up to `limit` runs that ended more than `olderThanMs` ago; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

export type StartOutcome = 'started' | 'recovered' | 'running' | 'succeeded';

export interface RunToStart {
  readonly runKey: string;
  readonly name: string;
  readonly dispatchKey?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Default 15 minutes. */
  readonly staleMs?: number | undefined;
}

export interface HeldRun {
  readonly runKey: string;
  readonly attempt: number;
}

const STALE_MS = 15 * 60_000;
const STALE_ERROR = 'The run did not end in time: its process is taken for dead.';

export function createFunctionRuns(database: Database): FunctionRuns {
  const get = async (runKey: string) =>
    (
      await database.query<FunctionRun>(Prisma.sql`SELECT * FROM "FunctionRun" WHERE "runKey" = ${runKey}`)
    )[0];

  return {
    get,
    async start(wanted) {
      for (;;) {
        const [stale] = await failStale(database, Prisma.sql`"runKey" = ${wanted.runKey}`, 1, wanted.staleMs);
        const [run] = await start(database, wanted);
        if (run !== undefined) return { outcome: stale === undefined ? 'started' : 'recovered', run };
        const found = await get(wanted.runKey);
        if (found?.status === 'RUNNING') return { outcome: 'running', run: found };
        if (found?.status === 'SUCCEEDED') return { outcome: 'succeeded', run: found };
        // It failed between the two statements: now it can be started.
      }
    },
    async finish({ runKey, attempt }, end) {
      const error = end.succeeded ? null : storedError(end.error);
      const rows = await database.query(Prisma.sql`
        UPDATE "FunctionRun" SET ${ENDED}, "lastError" = ${error},
          "status" = ${end.succeeded ? 'SUCCEEDED' : 'FAILED'}::"RunStatus"
        WHERE "runKey" = ${runKey} AND "attempt" = ${attempt}::int4 AND "status" = 'RUNNING' RETURNING "attempt"`);
      return rows.length > 0;
    },
    failStale: ({ limit, staleMs }) => failStale(database, Prisma.sql`true`, limit, staleMs),
    list: (name, limit) =>
      database.query<FunctionRun>(Prisma.sql`
        SELECT * FROM "FunctionRun" WHERE "name" = ${name} ORDER BY "startedAt" DESC LIMIT ${String(limit)}::int4`),
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

const ENDED = Prisma.sql`"finishedAt" = clock_timestamp(),
  "durationMs" = least(extract(epoch FROM clock_timestamp() - "startedAt") * 1000, 2147483647)::int4`;

function start(database: Database, wanted: RunToStart): Promise<FunctionRun[]> {
  const { runKey, name, dispatchKey = null, correlationId = null } = wanted;
  return database.query<FunctionRun>(Prisma.sql`
    INSERT INTO "FunctionRun" AS r ("runKey", "name", "dispatchKey", "correlationId")
    VALUES (${runKey}, ${name}, ${dispatchKey}, ${correlationId})
    ON CONFLICT ("runKey") DO UPDATE SET
      "status" = 'RUNNING', "attempt" = r."attempt" + 1, "dispatchKey" = excluded."dispatchKey",
      "correlationId" = excluded."correlationId", "startedAt" = clock_timestamp(), "finishedAt" = NULL,
      "durationMs" = NULL
    WHERE r."status" = 'FAILED'
    RETURNING *`);
}

function failStale(
  database: Database,
  which: Prisma.Sql,
  limit: number,
  staleMs: number = STALE_MS,
): Promise<FunctionRun[]> {
  return database.query<FunctionRun>(Prisma.sql`
    WITH stale AS (
      SELECT "runKey" FROM "FunctionRun" WHERE "status" = 'RUNNING' AND ${which}
        AND "startedAt" < statement_timestamp() - ${staleMs} * interval '1 ms'
      ORDER BY "startedAt" LIMIT ${String(limit)}::int4 FOR UPDATE SKIP LOCKED
    )
    UPDATE "FunctionRun" r SET "status" = 'FAILED', ${ENDED}, "lastError" = ${STALE_ERROR}
    FROM stale WHERE r."runKey" = stale."runKey" RETURNING r.*`);
}
