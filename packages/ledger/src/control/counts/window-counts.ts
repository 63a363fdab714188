import type { Statements } from '../../database.ts';
import { Prisma } from '../../generated/client.ts';
import { type Fence, fencedBy } from '../../leases.ts';
import { createSavedWindows, type SavedWindows, SHARES, type WindowChanges } from './saved-windows.ts';
import { type CountedWindow, readSegment } from './segment.ts';

/**
 * What the leader has counted and not judged yet, so that the next one goes on with it.
 *
 * Counts come from the stream of reports, and the place up to which that was read is in the very row that has what was
 * counted of it. Whatever a leader had counted since its last save, its successor reads in the stream again, from that
 * place: nothing is lost, and nothing is counted twice.
 *
 * A row is a save, and has a number: one more than the save that it adds to. Of two writers of one number one finds it
 * taken; a leader whose epoch is over finds no fence. When nobody knows whether a save was stored, because its answer was
 * lost, the next one has everything, and may add to either.
 */
export interface WindowCounts {
  /** What is stored. After the lease was taken: what an earlier leader still wrote came before that. */
  read(): Promise<SavedCounts>;
  /**
   * Stores what changed since `read` and the saves that followed, in one statement. When it rejects (LEDGER_UNAVAILABLE)
   * it may be stored or not: go on, and save what changes from there, or read again.
   */
  save(counts: CountsToSave, fence: Fence): Promise<SaveOutcome>;
}

export type SaveOutcome =
  | 'saved'
  /** Somebody else leads, or has stored something since: nothing was stored. Only reading again helps. */
  | 'lease_lost';

export interface SavedCounts {
  /** Up to where the stream of reports was counted; undefined: nothing of it. */
  readonly cursor: string | undefined;
  /** Whatever else was counted or noted, as JSON; undefined: nothing was ever saved. */
  readonly head: unknown;
  readonly entries: readonly CountedWindow[];
}

export interface CountsToSave extends Omit<SavedCounts, 'entries'>, WindowChanges {
  /** Writes all windows again, not only what came to them. The first save of a leader does so in any case. */
  readonly whole?: boolean | undefined;
}

interface Row {
  readonly save: number;
  readonly cursor: string | null;
  readonly head: string;
  readonly segment: Uint8Array;
}

/** What is known to be stored. */
interface Known {
  windows: SavedWindows;
  save: number;
  /** The next save has everything. */
  isWhole: boolean;
  /** Saves after that one of which nobody knows whether they are stored. */
  inDoubt: number;
}

export function createWindowCounts(statements: Statements): WindowCounts {
  const nothing = (): Known => ({
    windows: createSavedWindows([]),
    save: 0,
    isWhole: true,
    inDoubt: 0,
  });
  let known = nothing();

  return {
    async read() {
      const rows = await statements.query<Row>(Prisma.sql`/* prepared: counts_read */
        SELECT "save"::float8 AS "save", "cursor", "head"::text AS "head", "segment" FROM "WindowCounts"
        ORDER BY "save"`);
      const last = rows.at(-1);
      known = { ...nothing(), windows: createSavedWindows(entriesOf(rows)), save: last?.save ?? 0 };
      return {
        cursor: last?.cursor ?? undefined,
        head: last && JSON.parse(last.head),
        entries: [...known.windows.all()],
      };
    },
    async save({ cursor, head, whole = false, ...changes }, fence) {
      const now = known;
      const { save, inDoubt } = now;
      const isWhole = now.isWhole || whole;
      // Until there is an answer.
      Object.assign(now, { isWhole: true, inDoubt: inDoubt + 1 });
      const segment = now.windows.next(save + 1, isWhole, changes);
      const [row] = await statements.query<{ save: number | null }>(Prisma.sql`/* prepared: counts_save */
        WITH ${fencedBy(fence)}, last AS (
          SELECT coalesce(max("save"), 0) AS "save" FROM "WindowCounts"
        ), saved AS (
          INSERT INTO "WindowCounts" ("save", "epoch", "cursor", "head", "segment")
          SELECT last."save" + 1, ${fence.epoch}::int8, ${cursor ?? null}::text, ${JSON.stringify(head ?? null)}::json,
            ${segment}::bytea
          FROM fence, last WHERE last."save" BETWEEN ${save}::int8 AND ${save + inDoubt}::int8
          ON CONFLICT DO NOTHING RETURNING "save"
        ), gone AS (
          DELETE FROM "WindowCounts" w USING saved WHERE w."save" <= saved."save" - ${isWhole ? 1 : SHARES}::int8
        )
        SELECT "save"::float8 AS "save" FROM saved`);
      if (row === undefined) return 'lease_lost';
      Object.assign(now, { save: row.save, isWhole: false, inDoubt: 0 });
      return 'saved';
    },
  };
}

function* entriesOf(rows: readonly Row[]) {
  for (const { segment } of rows) yield* readSegment(segment);
}
