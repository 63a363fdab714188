import { type By, noted } from '../audit.ts';
import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import { isJobId } from './job-id.ts';

export type CancelOutcome =
  | { readonly outcome: 'cancelled' }
  /** Too late, or done before. */
  | { readonly outcome: 'finished'; readonly state: JobState }
  | { readonly outcome: 'not_found' };

/** What the audit calls a job. */
export const JOB_SUBJECT = Prisma.sql`'job:' || "workspace" || '/' || "id"`;

/** From now on no attempt of it begins, and the outcome of a running one is not recorded. */
export async function cancel(
  database: Database,
  workspace: string,
  id: string,
  by: By | undefined,
): Promise<CancelOutcome> {
  if (!isJobId(id)) return { outcome: 'not_found' };
  const cancelled = await database.query(Prisma.sql`
    WITH cancelled AS (
      UPDATE "Job" SET "state" = 'cancelled', "finishedAt" = clock_timestamp(), "relayAt" = NULL
      WHERE "id" = ${id}::uuid AND "workspace" = ${workspace} AND "state" IN ('accepted', 'queued')
      RETURNING "id", "workspace"
    )${noted(by, Prisma.sql`cancelled`, {
      action: 'job.cancel',
      subject: JOB_SUBJECT,
      workspace: Prisma.sql`"workspace"`,
      after: Prisma.sql`jsonb_build_object('state', 'cancelled')`,
    })}
    SELECT "id" FROM cancelled`);
  if (cancelled.length > 0) return { outcome: 'cancelled' };
  const state = await stateOf(database, workspace, id);
  return state === undefined ? { outcome: 'not_found' } : { outcome: 'finished', state };
}

/** Undefined: there is no such job in this workspace, be it in another one. */
export async function stateOf(
  database: Database,
  workspace: string,
  id: string,
): Promise<JobState | undefined> {
  const rows = await database.query<{ state: JobState }>(
    Prisma.sql`SELECT "state" FROM "Job" WHERE "id" = ${id}::uuid AND "workspace" = ${workspace}`,
  );
  return rows[0]?.state;
}
