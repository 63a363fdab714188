import { FairleadError } from '@fairlead/core';
import type { Database } from '../database.ts';
import { JobState as JOB_STATES, type JobState, Prisma } from '../generated/client.ts';
import { isJobId } from './job-id.ts';
import { type JobRecord, RECORD_COLUMNS } from './record.ts';

/** Undefined also for a job of another workspace: the caller may not learn that it exists. */
export async function get(database: Database, workspace: string, id: string): Promise<JobRecord | undefined> {
  if (!isJobId(id)) return undefined;
  const rows = await database.query<JobRecord>(
    Prisma.sql`SELECT ${RECORD_COLUMNS} FROM "Job" j WHERE j."id" = ${id}::uuid AND j."workspace" = ${workspace}`,
  );
  return rows[0];
}

export interface ListOptions {
  readonly state?: JobState | undefined;
  readonly type?: string | undefined;
  /** From the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface JobPage {
  readonly jobs: JobRecord[];
  /** For the next page; undefined after the last one. A page may be short, even empty, and have a next one. */
  readonly cursor: string | undefined;
}

/** Rows that one page reads at most: a type that nearly no job has would otherwise read a workspace's million. */
const MAX_SCANNED = 5_000;
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface PageRow extends JobRecord {
  scanned: number;
  lastScanned: string | null;
}

/** A workspace's jobs, newest first. One statement, of bounded cost. A cursor that is none begins at the newest. */
export async function list(database: Database, workspace: string, options: ListOptions): Promise<JobPage> {
  const { state, type, limit } = options;
  const before = options.cursor !== undefined && isJobId(options.cursor) ? options.cursor : AFTER_ALL;
  const isState = state === undefined ? Prisma.sql`true` : stateIs(state);
  // These have an index of their own; the others are picked out of the listing.
  const hasIndex = state === 'dead' || state === 'queued';
  const isType = type === undefined ? Prisma.sql`true` : Prisma.sql`"type" = ${type}`;
  const isFiltered = type !== undefined || (state !== undefined && !hasIndex);
  const toScan = isFiltered ? MAX_SCANNED : limit;
  const rows = await database.query<PageRow>(Prisma.sql`
    WITH scanned AS (
      SELECT "id", (${isState} AND ${isType}) AS fits FROM "Job"
      WHERE "workspace" = ${workspace} AND "id" < ${before}::uuid AND ${hasIndex ? isState : Prisma.sql`true`}
      ORDER BY "id" DESC LIMIT ${String(toScan)}::int4
    ), page AS (
      SELECT "id" FROM scanned WHERE fits ORDER BY "id" DESC LIMIT ${String(limit)}::int4
    )
    SELECT s.*, ${RECORD_COLUMNS}
    FROM (SELECT (SELECT count(*)::int4 FROM scanned) AS "scanned",
      (SELECT "id" FROM scanned ORDER BY "id" LIMIT 1) AS "lastScanned") s
    LEFT JOIN (page JOIN "Job" j USING ("id")) ON true
    ORDER BY j."id" DESC`);
  const [first] = rows;
  const jobs = rows.filter((row) => row.id !== null).map(({ scanned, lastScanned, ...job }) => job);
  if (jobs.length >= limit) return { jobs, cursor: jobs.at(-1)?.id };
  const mayGoOn = first !== undefined && first.scanned >= toScan;
  return { jobs, cursor: (mayGoOn ? first.lastScanned : undefined) ?? undefined };
}

/** As a literal, so that the planner sees which partial index fits. */
function stateIs(state: JobState): Prisma.Sql {
  if (!Object.hasOwn(JOB_STATES, state)) {
    throw new FairleadError('INVALID_REQUEST', `"${state}" is not a state of a job.`, {
      fix: `Use one of ${Object.keys(JOB_STATES).join(', ')}.`,
    });
  }
  return Prisma.sql`"state" = ${Prisma.raw(`'${state}'`)}`;
}
