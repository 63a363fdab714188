import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/** Those of the workspaces that have a job which is not finished; asked of the indexes that hold nothing else. */
export async function unfinishedIn(database: Database, workspaces: readonly string[]): Promise<Set<string>> {
  if (workspaces.length === 0) return new Set();
  const rows = await database.query<{ workspace: string }>(Prisma.sql`
    SELECT t.workspace FROM unnest(${workspaces}::text[]) AS t(workspace)
    WHERE EXISTS (SELECT FROM "Job" WHERE "workspace" = t.workspace AND "state" = 'queued')
      OR EXISTS (SELECT FROM "Job" WHERE "workspace" = t.workspace AND "state" = 'accepted')`);
  return new Set(rows.map(({ workspace }) => workspace));
}
