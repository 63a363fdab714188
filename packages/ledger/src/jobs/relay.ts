import { retryConflicts } from '../conflicts.ts';
import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { type JobToAdd, TO_ADD_COLUMNS, type ToAddRow, toJobToAdd } from './record.ts';

/**
 * The relay: jobs that were accepted and that nobody added to Redis, or that are due only now.
 *
 * `relayAt` says from when on the relay may take a row. It is set with the row: after the dispatcher's grace, or the
 * horizon before the job is due. Taking moves it forward, so that a row is one relay's until that has added it
 * (`markQueued` ends it) or has died (it comes again, and adding twice does no harm). No transaction stays open meanwhile.
 *
 * One tenant's million rows delay nobody: the statement steps through the index from workspace to workspace, reads at
 * most `perWorkspace` due rows in each, and never looks at rows that are not due. A round goes on behind the workspace
 * where the round before it ended, so that `limit` cannot starve those at the end of the alphabet either.
 *
 * The time is the statement's: against clock_timestamp(), which may change from row to row, PostgreSQL does not search an
 * index but compares every row. Cost: one index descent for each workspace that has accepted rows at all, plus the rows taken.
 */
export interface TakeOptions {
  /** Rows of one round. */
  readonly limit: number;
  /** Of one workspace in a round: the partition cap. Default 100. */
  readonly perWorkspace?: number;
  /** For how long the rows are this relay's. Default 30,000. */
  readonly takeMs?: number;
}

const PER_WORKSPACE = 100;
const TAKE_MS = 30_000;

/** One or two statements. Empty: nothing is due. Safe for any number of relays at once. */
export type TakeForRelay = (options: TakeOptions) => Promise<JobToAdd[]>;

export function createRelay(database: Database): TakeForRelay {
  let lastServed = '';

  return async function takeForRelay({ limit, perWorkspace = PER_WORKSPACE, takeMs = TAKE_MS }) {
    const jobs = await take(database, { after: lastServed, upTo: undefined, limit, perWorkspace, takeMs });
    if (jobs.length < limit && lastServed !== '') {
      const rest = { after: '', upTo: lastServed, limit: limit - jobs.length, perWorkspace, takeMs };
      jobs.push(...(await take(database, rest)));
    }
    lastServed = jobs.length < limit ? '' : (jobs.at(-1)?.workspace ?? '');
    return jobs;
  };
}

interface Round extends Required<TakeOptions> {
  readonly after: string;
  readonly upTo: string | undefined;
}

async function take(database: Database, round: Round): Promise<JobToAdd[]> {
  const { after, upTo, limit, perWorkspace, takeMs } = round;
  const within = upTo === undefined ? Prisma.empty : Prisma.sql`AND tenant."workspace" <= ${upTo}`;
  const rows = await retryConflicts(() =>
    database.query<ToAddRow>(Prisma.sql`
      WITH RECURSIVE tenant AS (
        (SELECT "workspace" FROM "Job" WHERE "state" = 'accepted' AND "workspace" > ${after}
          ORDER BY "workspace" LIMIT 1)
        UNION ALL
        SELECT (SELECT n."workspace" FROM "Job" n WHERE n."state" = 'accepted' AND n."workspace" > tenant."workspace"
          ORDER BY n."workspace" LIMIT 1)
        FROM tenant WHERE tenant."workspace" IS NOT NULL ${within}
      ), due AS (
        SELECT d."id" FROM tenant CROSS JOIN LATERAL (
          SELECT r."id" FROM "Job" r
          WHERE r."state" = 'accepted' AND r."workspace" = tenant."workspace" AND r."relayAt" <= statement_timestamp()
          ORDER BY r."relayAt" LIMIT ${String(perWorkspace)}::int4 FOR UPDATE SKIP LOCKED
        ) d
        WHERE true ${within}
        LIMIT ${String(limit)}::int4
      )
      UPDATE "Job" j SET "relayAt" = clock_timestamp() + ${takeMs} * interval '1 ms', "queuedAt" = clock_timestamp()
      FROM due WHERE j."id" = due."id" RETURNING ${TO_ADD_COLUMNS}`),
  );
  return rows.map(toJobToAdd).sort(byWorkspace);
}

/** The slug's bytes are ASCII: JavaScript's order is the index's. Within a workspace the oldest first. */
function byWorkspace(a: JobToAdd, b: JobToAdd): number {
  if (a.workspace !== b.workspace) return a.workspace < b.workspace ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
