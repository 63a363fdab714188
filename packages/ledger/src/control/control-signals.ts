import type { Statements } from '../database.ts';
import { type Fairness, Prisma } from '../generated/client.ts';

/**
 * What a tick looks at in the ledger, in one statement whose cost follows what has happened, and not how many workspaces
 * or jobs there are.
 *
 * **Duplicate sends**: of each effect the executions beyond the first; as running totals, which whoever reads them
 * compares with what it saw before. Those of effects that were pruned stay in them.
 *
 * **Duplicate dispatches**: a dispatch key is dispatched once, whatever happens. Only under two keys can the same be
 * dispatched twice: a caller that was given another window length posts the same job again, within a window that
 * overlaps the first. Counted for each workspace, once a window, when that has reached its queue or its inline run.
 *
 * **Write lag**: what is written to Postgres and not yet in Redis, as an age: how long the job that waits longest for
 * being put into its queue has waited, beyond the time at which it should be there (when it was accepted, or the horizon
 * before it is due). A finish is written before its job leaves Redis, so it is never behind. With nothing waiting it is 0.
 * Looked at are the rows of each workspace whose turn is next, and of 1,000 workspaces that have any in one call: the next
 * call goes on with the others. (50,000 workspaces with jobs for next week would be 50,000 places in an index.)
 *
 * **Limits**: all of them at first, then those that have changed since the mark of the last answer. A mark is a time, some
 * seconds back: a change that was made then may have been committed only now. So some come twice.
 */
export interface ControlSignals {
  /** Give it with the next call. */
  readonly mark: string;
  /** `limits` are those of all workspaces. */
  readonly whole: boolean;
  readonly limits: readonly WorkspaceLimits[];
  /** Running totals. Who is not in a map has none. */
  readonly duplicatesTotal: number;
  readonly duplicatesByWorkspace: ReadonlyMap<string, number>;
  readonly duplicateDispatchesByWorkspace: ReadonlyMap<string, number>;
  readonly writeLagMs: number;
}

export interface WorkspaceLimits {
  readonly workspace: string;
  readonly maxBacklog: number;
  readonly highQuotaEnabled: boolean;
  readonly fairness: Fairness;
  readonly paused: boolean;
}

/** Longer than any statement of ours may last. */
const MARGIN_MS = 30_000;

const WORKSPACES_LOOKED_AT = 1_000;
/** Of each workspace: the relay moves the turn of what it has just tried, so the first need not be the oldest. */
const ROWS_LOOKED_AT = 20;

type Totals = Readonly<Record<string, readonly [sends: number, dispatches: number]>>;

interface Row {
  readonly mark: number;
  readonly lastLookedAt: string | null;
  readonly writeLagMs: number;
  readonly totals: Totals | null;
  /** By what they say: the workspaces of which it is true, with a space between them. */
  readonly limits: readonly (Omit<WorkspaceLimits, 'workspace'> & { readonly workspaces: string })[] | null;
}

/** @param since the mark of the last answer */
export async function readSignals(
  statements: Statements,
  horizonMs: number,
  since?: string,
): Promise<ControlSignals> {
  const whole = since === undefined;
  const [sinceMs, lookedAt = ''] = (since ?? '').split(' ');
  const changed = whole
    ? Prisma.sql`true`
    : Prisma.sql`"updatedAt" >= to_timestamp(${Number(sinceMs)}::float8 / 1000)`;
  const [row] = await statements.query<{ answer: string }>(Prisma.sql`
    WITH RECURSIVE tenant AS (
      (SELECT "workspace", 1 AS place FROM "Job" WHERE "state" = 'accepted' AND "workspace" > ${lookedAt}
        ORDER BY "workspace" LIMIT 1)
      UNION ALL
      SELECT (SELECT n."workspace" FROM "Job" n WHERE n."state" = 'accepted' AND n."workspace" > tenant."workspace"
        ORDER BY n."workspace" LIMIT 1), place + 1
      FROM tenant WHERE tenant."workspace" IS NOT NULL AND place < ${WORKSPACES_LOOKED_AT}::int4
    ), behind AS (
      SELECT coalesce(max(extract(epoch FROM clock_timestamp() - due."at") * 1000), 0) AS "ms"
      FROM tenant CROSS JOIN LATERAL (
        SELECT greatest(r."createdAt", r."runAt" - ${horizonMs}::float8 * interval '1 ms') AS "at" FROM "Job" r
        WHERE r."state" = 'accepted' AND r."workspace" = tenant."workspace" AND r."relayAt" IS NOT NULL
        ORDER BY r."relayAt" LIMIT ${ROWS_LOOKED_AT}::int4
      ) due
    ), total AS (
      SELECT "workspace", sum(sends) AS sends, sum(dispatches) AS dispatches FROM (
        SELECT "workspace", "executions" - 1 AS sends, 0 AS dispatches FROM "Effect" WHERE "executions" > 1
        UNION ALL SELECT "workspace", "prunedSends", "dispatches" FROM "DuplicateTotal"
      ) AS parts GROUP BY "workspace"
    ), said AS (
      SELECT "maxBacklog", "highQuotaEnabled", "fairness", "paused", string_agg("workspace", ' ') AS workspaces
      FROM "WorkspaceSettings" WHERE ${changed} GROUP BY 1, 2, 3, 4
    )
    SELECT json_build_object(
      'mark', floor(extract(epoch FROM statement_timestamp()) * 1000) - ${MARGIN_MS}::float8,
      'lastLookedAt', (SELECT "workspace" FROM tenant WHERE place = ${WORKSPACES_LOOKED_AT}::int4),
      'writeLagMs', (SELECT greatest(floor("ms"), 0) FROM behind),
      'totals', (SELECT json_object_agg("workspace", json_build_array(sends, dispatches)) FROM total),
      'limits', (SELECT json_agg(said) FROM said)
    )::text AS answer`);
  const { mark, lastLookedAt, writeLagMs, totals, limits } = JSON.parse(row?.answer ?? '{}') as Row;
  const entries = Object.entries(totals ?? {});
  const by = (place: 0 | 1) =>
    new Map(entries.map(([workspace, total]) => [workspace, total[place]] as const).filter(([, n]) => n > 0));
  const sends = by(0);
  return {
    mark: lastLookedAt === null ? String(mark) : `${mark} ${lastLookedAt}`,
    whole,
    limits: (limits ?? []).flatMap(({ workspaces, ...said }) =>
      workspaces.split(' ').map((workspace) => ({ workspace, ...said })),
    ),
    duplicatesTotal: [...sends.values()].reduce((sum, n) => sum + n, 0),
    duplicatesByWorkspace: sends,
    duplicateDispatchesByWorkspace: by(1),
    writeLagMs,
  };
}
