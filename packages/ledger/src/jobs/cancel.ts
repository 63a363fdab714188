import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import { isJobId } from './job-id.ts';

export type CancelOutcome =
  | { readonly outcome: 'cancelled' }
  /** Too late, or done before. */
  | { readonly outcome: 'finished'; readonly state: JobState }
  | { readonly outcome: 'not_found' };

/** From now on no attempt of it begins, and the outcome of a running one is not recorded. */
export async function cancel(database: Database, workspace: string, id: string): Promise<CancelOutcome> {
  if (!isJobId(id)) return { outcome: 'not_found' };
  const cancelled = await database.query(Prisma.sql`
    UPDATE "Job" SET "state" = 'cancelled', "finishedAt" = clock_timestamp(), "relayAt" = NULL
    WHERE "id" = ${id}::uuid AND "workspace" = ${workspace} AND "state" IN ('accepted', 'queued') RETURNING "id"`);
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
