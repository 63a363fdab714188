import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/**
 * How many jobs of a workspace wait or run: asked with every request, so it must cost nearly nothing.
 *
 * A counter per workspace would be one hot row for a busy tenant, written by every accept and every finish. Instead the
 * unfinished are counted in their partial indexes, which hold nothing else, and never further than the limit that the
 * count is for (`maxBacklog` + 1): 100,000 entries take 10 ms, and 40 ms when they are too new to have been vacuumed. A count is kept for half a second, or for 20 times as
 * long as it took, whichever is longer: counting uses at most a twentieth of one connection however often it is asked,
 * and whatever this process accepts in between is added to it. All workspaces that are asked for at about the same time
 * are counted in one statement.
 *
 * So the answer may be old by that time, and other dispatchers' jobs of that time are missing from it: the limit is
 * kept to within what is accepted in half a second. What has finished since is still in it.
 */
export interface Backlog {
  /** Per workspace, at most its `maxBacklog` + 1. Throws LEDGER_UNAVAILABLE when Postgres cannot be used. */
  of(workspaces: readonly string[]): Promise<Map<string, number>>;
  /** Adds what was accepted since the count. */
  grew(workspaces: Iterable<string>): void;
}

interface Count {
  unfinished: number;
  untilMs: number;
}

const KEEP_MS = 500;
const KEEP_PER_MS = 20;
/** Workspaces remembered; past it all are forgotten, and counted when they are asked for. */
const MAX_KEPT = 50_000;

export function createBacklog(database: Database, nowMs: () => number = () => performance.now()): Backlog {
  const counts = new Map<string, Count>();
  const underWay = new Map<string, Promise<void>>();

  async function count(workspaces: readonly string[]): Promise<void> {
    const startedMs = nowMs();
    // What is accepted from here on may or may not be in the count: better too high than too low.
    for (const workspace of workspaces) counts.set(workspace, { unfinished: 0, untilMs: 0 });
    const rows = await database.query<{ workspace: string; unfinished: number }>(Prisma.sql`
      SELECT t.workspace, ${counted('queued')} + ${counted('accepted')} AS unfinished
      FROM unnest(${workspaces}::text[]) AS t(workspace)
      LEFT JOIN "WorkspaceSettings" s ON s."workspace" = t.workspace`);
    const now = nowMs();
    const untilMs = now + Math.max(KEEP_MS, KEEP_PER_MS * (now - startedMs));
    if (counts.size > MAX_KEPT) counts.clear();
    for (const { workspace, unfinished } of rows) {
      counts.set(workspace, { unfinished: unfinished + (counts.get(workspace)?.unfinished ?? 0), untilMs });
    }
  }

  return {
    async of(workspaces) {
      const now = nowMs();
      const stale = [...new Set(workspaces)].filter((name) => (counts.get(name)?.untilMs ?? 0) <= now);
      const asked = stale.filter((name) => !underWay.has(name));
      if (asked.length > 0) {
        const counting = count(asked).finally(() => {
          for (const name of asked) underWay.delete(name);
        });
        for (const name of asked) underWay.set(name, counting);
      }
      await Promise.all(new Set(stale.map((name) => underWay.get(name))));
      return new Map(workspaces.map((name) => [name, counts.get(name)?.unfinished ?? 0]));
    },
    grew(workspaces) {
      for (const workspace of workspaces) {
        const known = counts.get(workspace);
        if (known !== undefined) known.unfinished++;
      }
    },
  };
}

function counted(state: 'queued' | 'accepted'): Prisma.Sql {
  return Prisma.sql`(SELECT count(*)::int4 FROM (
    SELECT FROM "Job" WHERE "workspace" = t.workspace AND "state" = ${Prisma.raw(`'${state}'`)}
    LIMIT COALESCE(s."maxBacklog", 100000) + 1) AS unfinished)`;
}
