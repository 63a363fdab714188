import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/**
 * Up to which decision the spans are out: what `Decisions.tail` goes on after. It only moves on; a collector that was away
 * gets what it has missed, and one that answered too late gets the same spans again.
 */
export interface SpanExport {
  /** A decision's position; 0: none is out. */
  cursor(): Promise<number>;
  /** The collector has everything up to there. */
  advance(position: number): Promise<void>;
}

export function createSpanExport(statements: Statements): SpanExport {
  return {
    async cursor() {
      const [row] = await statements.query<{ position: number }>(
        Prisma.sql`SELECT "position"::float8 AS "position" FROM "SpanExport"`,
      );
      return row?.position ?? 0;
    },
    async advance(position) {
      await statements.query(
        Prisma.sql`UPDATE "SpanExport" SET "position" = ${position}::int8 WHERE "position" < ${position}::int8`,
      );
    },
  };
}
