import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { isJobId, lockOrder } from './job-id.ts';
import { type JobToAdd, TO_ADD_COLUMNS, type ToAddRow, toJobToAdd } from './record.ts';

/**
 * Reading back what Redis should have: the rows that are `queued`, in keyset pages by (workspace, id), all over one
 * partial index that holds nothing else. What is only `accepted` is not here: the relay adds it, and does so again for
 * whatever was added and not yet marked when Redis was lost.
 *
 * A page reads a bounded number of rows, whatever it is looking for; so a page may be short or empty and have a next one.
 */

/** Where the next page begins. Undefined: at the beginning; null in a page: there is none after it. */
export interface Place {
  readonly workspace: string;
  readonly id: string;
}

export interface RestorePage {
  readonly jobs: JobToAdd[];
  readonly next: Place | null;
}

export interface AuditPage {
  readonly jobs: { readonly workspace: string; readonly id: string }[];
  readonly next: Place | null;
}

const MAX_SCANNED = 5_000;
const FIRST: Place = { workspace: '', id: '00000000-0000-0000-0000-000000000000' };

/** After a flush: everything that Redis had, page by page. Payloads may be large: ask for a few hundred at a time. */
export async function unfinishedPage(
  database: Database,
  cursor: Place | undefined,
  limit: number,
): Promise<RestorePage> {
  const after = placeOf(cursor);
  const rows = await database.query<ToAddRow>(Prisma.sql`
    SELECT ${TO_ADD_COLUMNS} FROM "Job" j
    WHERE j."state" = 'queued' AND (j."workspace", j."id") > (${after.workspace}, ${after.id}::uuid)
    ORDER BY j."workspace", j."id" LIMIT ${String(limit)}::int4`);
  return { jobs: rows.map(toJobToAdd), next: rows.length < limit ? null : placeAt(rows.at(-1)) };
}

/** After a failover that lost the last seconds: what Redis was told since then (a time of Postgres, in ms since 1970). */
export async function changedSince(
  database: Database,
  sinceMs: number,
  cursor: Place | undefined,
  limit: number,
): Promise<RestorePage> {
  const isChanged = Prisma.sql`"queuedAt" >= to_timestamp(${sinceMs}::float8 / 1000)`;
  const { found, next } = await pick(database, isChanged, cursor, limit);
  return {
    jobs: await jobsToAdd(
      database,
      found.map((row) => row.id),
    ),
    next,
  };
}

/** The slow audit: what has been in Redis for more than `olderThanMs`. Names only; see `jobsToAdd`. */
export async function auditPage(
  database: Database,
  options: { olderThanMs: number; cursor?: Place | undefined; limit: number },
): Promise<AuditPage> {
  const isOld = Prisma.sql`"queuedAt" < clock_timestamp() - ${options.olderThanMs} * interval '1 ms'`;
  const { found, next } = await pick(database, isOld, options.cursor, options.limit);
  return { jobs: found, next };
}

/** What Redis has to be told of these, as far as they are unfinished. */
export async function jobsToAdd(database: Database, ids: readonly string[]): Promise<JobToAdd[]> {
  const wanted = lockOrder(ids);
  if (wanted.length === 0) return [];
  const rows = await database.query<ToAddRow>(Prisma.sql`
    SELECT ${TO_ADD_COLUMNS} FROM "Job" j
    WHERE j."id" = ANY(${wanted}::uuid[]) AND j."state" IN ('accepted', 'queued')
    ORDER BY j."workspace", j."id"`);
  return rows.map(toJobToAdd);
}

interface Scanned extends Place {
  readonly fits: boolean;
}

async function pick(database: Database, condition: Prisma.Sql, cursor: Place | undefined, limit: number) {
  const after = placeOf(cursor);
  const scanned = await database.query<Scanned>(Prisma.sql`
    WITH scanned AS (
      SELECT "workspace", "id", ${condition} AS fits FROM "Job"
      WHERE "state" = 'queued' AND ("workspace", "id") > (${after.workspace}, ${after.id}::uuid)
      ORDER BY "workspace", "id" LIMIT ${MAX_SCANNED}
    )
    (SELECT * FROM scanned WHERE fits ORDER BY "workspace", "id" LIMIT ${String(limit)}::int4)
    UNION ALL
    (SELECT "workspace", "id", false FROM scanned ORDER BY "workspace", "id" OFFSET ${MAX_SCANNED - 1})`);
  const found = scanned.filter((row) => row.fits).map(({ workspace, id }) => ({ workspace, id }));
  const lastScanned = scanned.find((row) => !row.fits);
  const next = found.length >= limit ? found.at(-1) : lastScanned;
  return { found, next: placeAt(next) };
}

function placeOf(cursor: Place | undefined): Place {
  return cursor !== undefined && isJobId(cursor.id) ? cursor : FIRST;
}

function placeAt(row: Place | undefined): Place | null {
  return row === undefined ? null : { workspace: row.workspace, id: row.id };
}
