import type { Database } from './database.ts';
import { type DispatchWindow, Prisma } from './generated/client.ts';
import { lockOrder } from './jobs/job-id.ts';
import { IS_ACCEPTED } from './jobs/queued.ts';

/**
 * Dispatch windows: a cron caller that posts the same window twice, because it was impatient or there are two of it,
 * dispatches it once.
 *
 *   open ─► DISPATCHING ─ enqueued ─► ENQUEUED
 *              │  ▲  └─ takeBack ─► INLINE_EMERGENCY
 *       failed │  │ open again
 *              ▼  │
 *         ENQUEUE_FAILED ─ takeBack ─► INLINE_EMERGENCY
 *
 * Who opened it holds it by its `attempt`; a dispatcher that died leaves DISPATCHING behind, which may be opened again
 * after `staleMs`. The window's jobs have idempotency keys of its dispatch key, so that opening again adds none.
 */
export interface Windows {
  /** `opened`: the caller dispatches it. `duplicate`: it was, or is being; this is the record. One or two statements. */
  open(window: WindowToOpen): Promise<{ outcome: 'opened' | 'duplicate'; window: DispatchWindow }>;
  /** False: somebody else has opened it since. */
  enqueued(held: HeldWindow, jobIds: readonly string[]): Promise<boolean>;
  failed(held: HeldWindow, jobIds: readonly string[], error: string): Promise<boolean>;
  /**
   * Before anything runs inline: in one transaction the window becomes INLINE_EMERGENCY, and its jobs are taken from the
   * relay; no consumer runs them any more either. Answers with the jobs that are the caller's now; those that Redis was
   * told of by the relay, or that are done, are not. `undefined`: the window is not the caller's.
   */
  takeBack(held: HeldWindow, jobIds: readonly string[]): Promise<Set<string> | undefined>;
  /** Running them inline failed: the relay takes them after all. */
  giveBack(jobIds: readonly string[]): Promise<void>;
  get(dispatchKey: string): Promise<DispatchWindow | undefined>;
  /** The newest first. */
  list(options: { source?: string | undefined; limit: number }): Promise<DispatchWindow[]>;
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
      settle(database, held, Prisma.sql`"status" = 'ENQUEUED', "error" = NULL`, jobIds),
    failed: (held, jobIds, error) =>
      settle(database, held, Prisma.sql`"status" = 'ENQUEUE_FAILED', "error" = ${error}`, jobIds),
    takeBack: (held, jobIds) => takeBack(database, held, jobIds),
    async giveBack(jobIds) {
      await database.query(Prisma.sql`
        UPDATE "Job" SET "relayAt" = clock_timestamp()
        WHERE "id" = ANY(${lockOrder(jobIds)}::uuid[]) AND ${IS_ACCEPTED} AND "relayAt" IS NULL`);
    },
    list: ({ source, limit }) =>
      database.query<DispatchWindow>(Prisma.sql`
        SELECT * FROM "DispatchWindow" WHERE ${source === undefined ? Prisma.sql`true` : Prisma.sql`"source" = ${source}`}
        ORDER BY "createdAt" DESC LIMIT ${String(limit)}::int4`),
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
): Promise<boolean> {
  const rows = await database.query(Prisma.sql`
    UPDATE "DispatchWindow" SET ${change}, "jobIds" = ${jobIds}::uuid[], "updatedAt" = clock_timestamp()
    WHERE "dispatchKey" = ${held.dispatchKey} AND "attempt" = ${held.attempt}::int4 AND "status" = 'DISPATCHING'
    RETURNING "attempt"`);
  return rows.length > 0;
}

/** One statement is one transaction. `queuedAt` is there as soon as the relay has taken a row. */
async function takeBack(
  database: Database,
  held: HeldWindow,
  jobIds: readonly string[],
): Promise<Set<string> | undefined> {
  const [answer] = await database.query<{ isHeld: boolean; taken: string[] | null }>(Prisma.sql`
    WITH w AS (
      UPDATE "DispatchWindow"
      SET "status" = 'INLINE_EMERGENCY', "jobIds" = ${jobIds}::uuid[], "updatedAt" = clock_timestamp()
      WHERE "dispatchKey" = ${held.dispatchKey} AND "attempt" = ${held.attempt}::int4
        AND "status" IN ('DISPATCHING', 'ENQUEUE_FAILED')
      RETURNING 1
    ), mine AS (
      SELECT "id" FROM "Job" WHERE "id" = ANY(${lockOrder(jobIds)}::uuid[]) AND ${IS_ACCEPTED}
        AND "queuedAt" IS NULL AND EXISTS (SELECT FROM w)
      ORDER BY "id" FOR UPDATE
    ), taken AS (
      UPDATE "Job" j SET "relayAt" = NULL FROM mine WHERE j."id" = mine."id" RETURNING j."id"::text AS id
    )
    SELECT EXISTS (SELECT FROM w) AS "isHeld", (SELECT array_agg(id) FROM taken) AS taken`);
  return answer?.isHeld ? new Set(answer.taken ?? []) : undefined;
}
