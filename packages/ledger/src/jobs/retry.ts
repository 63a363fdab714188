import { type By, noted } from '../audit.ts';
import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import { JOB_SUBJECT, stateOf } from './cancel.ts';
import { isJobId } from './job-id.ts';
import { type JobToAdd, TO_ADD_COLUMNS, type ToAddRow, toJobToAdd } from './record.ts';

/**
 * Dead letters that get another life: `accepted` again, due at once, with all their attempts before them (the last
 * error stays to be read). Before such a job is added to Redis, its dead namesake there must be removed, or the add
 * changes nothing. Should the caller not come to it, the relay takes the job after the grace.
 */
const REVIVED = Prisma.sql`"state" = 'accepted', "attempts" = 0, "runAt" = NULL, "queuedAt" = NULL, "startedAt" = NULL,
  "finishedAt" = NULL, "result" = NULL`;

export type RetryOutcome =
  | { readonly outcome: 'retried'; readonly job: JobToAdd }
  | { readonly outcome: 'not_dead'; readonly state: JobState }
  | { readonly outcome: 'not_found' };

export async function retry(
  database: Database,
  workspace: string,
  id: string,
  graceMs: number,
  by: By | undefined,
): Promise<RetryOutcome> {
  if (!isJobId(id)) return { outcome: 'not_found' };
  const [row] = await database.query<ToAddRow>(Prisma.sql`
    WITH revived AS (
      UPDATE "Job" j SET ${REVIVED}, "relayAt" = clock_timestamp() + ${graceMs} * interval '1 ms'
      WHERE "id" = ${id}::uuid AND "workspace" = ${workspace} AND "state" = 'dead' RETURNING ${TO_ADD_COLUMNS}
    )${noted(by, Prisma.sql`revived`, {
      action: 'job.retry',
      subject: JOB_SUBJECT,
      workspace: Prisma.sql`"workspace"`,
      before: Prisma.sql`jsonb_build_object('state', 'dead')`,
      after: Prisma.sql`jsonb_build_object('state', 'accepted')`,
    })}
    SELECT * FROM revived`);
  if (row !== undefined) return { outcome: 'retried', job: toJobToAdd(row) };
  const state = await stateOf(database, workspace, id);
  return state === undefined ? { outcome: 'not_found' } : { outcome: 'not_dead', state };
}

/** The same for up to `limit` dead letters of a workspace, the oldest first, perhaps of one type only. One statement. */
export async function redrive(
  database: Database,
  workspace: string,
  options: { limit: number; type?: string | undefined },
  graceMs: number,
  by: By | undefined,
): Promise<JobToAdd[]> {
  const ofType = options.type === undefined ? Prisma.empty : Prisma.sql`AND "type" = ${options.type}`;
  const rows = await database.query<ToAddRow>(Prisma.sql`
    WITH mine AS (
      SELECT "id" FROM "Job" WHERE "workspace" = ${workspace} AND "state" = 'dead' ${ofType}
      ORDER BY "id" LIMIT ${String(options.limit)}::int4 FOR UPDATE SKIP LOCKED
    ), revived AS (
      UPDATE "Job" j SET ${REVIVED}, "relayAt" = clock_timestamp() + ${graceMs} * interval '1 ms'
      FROM mine WHERE j."id" = mine."id" RETURNING ${TO_ADD_COLUMNS}
    )${noted(by, Prisma.sql`(SELECT count(*) AS jobs FROM revived) r WHERE jobs > 0`, {
      action: 'dead.redrive',
      subject: Prisma.sql`${`workspace:${workspace}`}`,
      workspace: Prisma.sql`${workspace}`,
      after: Prisma.sql`jsonb_build_object('jobs', jobs, 'type', ${options.type ?? null}::text)`,
    })}
    SELECT * FROM revived`);
  return rows.map(toJobToAdd).sort((a, b) => (a.id < b.id ? -1 : 1));
}
