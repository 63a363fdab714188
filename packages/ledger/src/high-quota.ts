/**
 * Makes existing workspaces eligible for the higher quota, a page at a time: no statement locks more than its page, and a
 * run that was broken off goes on, or begins anew, with what is left.
 */
import { type By, noted } from './audit.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';

export interface BackfillStep {
  /** Begin after this workspace; absent: with the first. */
  readonly after?: string | undefined;
  /** Workspaces to look at. */
  readonly limit: number;
  /** Counts what would be changed, and changes nothing. */
  readonly dryRun: boolean;
}

export interface BackfillAnswer {
  /** Of this page: changed, or, in a dry run, to be changed. */
  readonly rowsUpdated: number;
  /** Of all workspaces, after this page. */
  readonly enabled: number;
  readonly total: number;
  /** Where to go on; undefined when this page was the last. */
  readonly next: string | undefined;
}

type Row = { looked: number; last: string | null; rowsUpdated: number; enabled: number; total: number };

/** One statement; an entry in the audit for each page that changed something. */
export async function backfillHighQuota(
  database: Pick<Database, 'query'>,
  { after = '', limit, dryRun }: BackfillStep,
  by?: By,
): Promise<BackfillAnswer> {
  const changed = dryRun
    ? Prisma.sql`SELECT "workspace" FROM page WHERE NOT "highQuotaEnabled"`
    : Prisma.sql`UPDATE "WorkspaceSettings" s
        SET "highQuotaEnabled" = true, "version" = s."version" + 1, "updatedAt" = clock_timestamp()
        FROM page WHERE s."workspace" = page."workspace" AND NOT s."highQuotaEnabled" RETURNING s."workspace"`;
  const summary = Prisma.sql`(
    SELECT count(*) AS rows, min("workspace") AS first, max("workspace") AS last FROM changed HAVING count(*) > 0
  ) AS summary`;
  const [row] = await database.query<Row>(Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT "workspace", "highQuotaEnabled" FROM "WorkspaceSettings" WHERE "workspace" > ${after}
      ORDER BY "workspace" LIMIT ${String(limit)}::int4
    ), changed AS (${changed})${noted(dryRun ? undefined : by, summary, {
      action: 'workspaces.backfill_high_quota',
      subject: Prisma.sql`'workspaces'`,
      workspace: Prisma.sql`NULL::text`,
      after: Prisma.sql`jsonb_build_object('rowsUpdated', rows, 'first', first, 'last', last)`,
    })}
    SELECT (SELECT count(*) FROM page)::float8 AS "looked", (SELECT max("workspace") FROM page) AS "last",
      (SELECT count(*) FROM changed)::float8 AS "rowsUpdated",
      count(*) FILTER (WHERE "highQuotaEnabled")::float8 AS "enabled", count(*)::float8 AS "total"
    FROM "WorkspaceSettings"`);
  const { looked, last, rowsUpdated, enabled, total } = row as Row;
  return {
    rowsUpdated,
    // The count is from before the change.
    enabled: dryRun ? enabled : enabled + rowsUpdated,
    total,
    next: looked === limit ? (last ?? undefined) : undefined,
  };
}
