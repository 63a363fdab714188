import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import { lockOrder } from './job-id.ts';

/**
 * May a claimed job run? `finished`, `cancelled`: no. `unknown`: the ledger has no such job, so it was added by others
 * or has been pruned since.
 */
export type Verdict = 'run' | 'finished' | 'cancelled' | 'unknown';

/** One read for all; every id asked for is in the answer. */
export async function verdicts(database: Database, ids: readonly string[]): Promise<Map<string, Verdict>> {
  const answer = new Map<string, Verdict>(ids.map((id) => [id, 'unknown']));
  const wanted = lockOrder(ids);
  if (wanted.length === 0) return answer;
  const rows = await database.query<{ id: string; state: JobState; inline: boolean }>(Prisma.sql`
    SELECT "id", "state", ("state" = 'accepted' AND "relayAt" IS NULL) AS "inline"
    FROM "Job" WHERE "id" = ANY(${wanted}::uuid[])`);
  // What was taken back to run inline must not run here too.
  for (const { id, state, inline } of rows) answer.set(id, inline ? 'cancelled' : VERDICTS[state]);
  return answer;
}

const VERDICTS = {
  accepted: 'run',
  queued: 'run',
  succeeded: 'finished',
  dead: 'finished',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, Verdict>;
