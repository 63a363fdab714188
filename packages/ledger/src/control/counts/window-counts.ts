import type { Statements } from '../../database.ts';
import { Prisma } from '../../generated/client.ts';
import { type Fence, fencedBy } from '../../leases.ts';
import { type CountedWindows, createCountedWindows, SHARES, type UnsavedWindows } from './counted-windows.ts';
import { readSegment } from './segment.ts';

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
  read(): Promise<Counts>;
  /**
   * Stores what was counted since `read` and the saves that followed, in one statement. The windows are those that `read`
   * gave, the place in the stream is that up to which they were counted: nothing may be awaited between the two. When it
   * rejects (LEDGER_UNAVAILABLE) it may be stored or not: count on and save again, or read again.
   */
  save(counts: Counts, fence: Fence): Promise<SaveOutcome>;
}

export type SaveOutcome =
  | 'saved'
  /** Somebody else leads, or has stored something since: nothing was stored. Only reading again helps. */
  | 'lease_lost';

export interface Counts {
  readonly windows: CountedWindows;
  /** Up to where the stream of reports was counted; undefined: nothing of it. */
  readonly cursor: string | undefined;
  /** Whatever else was counted or noted, as JSON; undefined: nothing was ever saved. */
  readonly head: unknown;
}

interface Row {
  readonly save: number;
  readonly cursor: string | null;
  readonly head: string;
  readonly segment: Uint8Array;
}

export function createWindowCounts(statements: Statements): WindowCounts {
  return {
    async read() {
      const rows = await statements.query<Row>(Prisma.sql`/* prepared: counts_read */
        SELECT "save"::float8 AS "save", "cursor", "head"::text AS "head", "segment" FROM "WindowCounts"
        ORDER BY "save"`);
      const last = rows.at(-1);
      return {
        windows: createCountedWindows(entriesOf(rows), last?.save),
        cursor: last?.cursor ?? undefined,
        head: last && JSON.parse(last.head),
      };
    },
    async save({ windows, cursor, head }, fence) {
      const unsaved = windows as UnsavedWindows;
      const { progress } = unsaved;
      const { save, inDoubt, isWhole } = progress;
      // Until there is an answer.
      Object.assign(progress, { inDoubt: inDoubt + 1, isWhole: true });
      const segment = unsaved.takeUnsaved(save + 1, isWhole);
      const [row] = await statements.query<{ save: number }>(Prisma.sql`/* prepared: counts_save */
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
      Object.assign(progress, { save: row.save, inDoubt: 0, isWhole: false });
      return 'saved';
    },
  };
}

function* entriesOf(rows: readonly Row[]) {
  for (const { segment } of rows) yield* readSegment(segment);
}
