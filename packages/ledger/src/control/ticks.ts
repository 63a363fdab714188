import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/** The last ticks: some 24 hours of them, for those who look at them later than the controller's own spans. */
export interface Ticks {
  /** The oldest first, after a tick. */
  tail(selection: { readonly after: number; readonly limit: number }): Promise<TickRecord[]>;
  /** Those of the numbers that are still there, the oldest first. */
  get(ticks: readonly number[]): Promise<TickRecord[]>;
}

export interface TickRecord {
  readonly tick: number;
  readonly epoch: number;
  readonly correlationId: string;
  /** By the controller's clock. */
  readonly startedAt: Date;
  /** By the clock of Postgres. */
  readonly writtenAt: Date;
  /** Milliseconds by phase, as far as they were known when the tick was written. */
  readonly durations: Readonly<Record<string, number>>;
  /** Decisions that were recorded, and those that only repeated the last one. */
  readonly records: number;
  readonly repeats: number;
}

/** 24 hours of ticks of 15 s. */
export const TICKS_KEPT = 5_760;

const COLUMNS = Prisma.sql`"tick"::float8 AS "tick", "epoch"::float8 AS "epoch", "correlationId", "startedAt", "writtenAt",
  "durations", "records", "repeats"`;

export function createTicks(statements: Statements): Ticks {
  return {
    tail: ({ after, limit }) =>
      statements.query<TickRecord>(Prisma.sql`SELECT ${COLUMNS} FROM "TickRecord" WHERE "tick" > ${after}::int8
        ORDER BY "tick" LIMIT ${String(limit)}::int4`),
    get: (ticks) =>
      statements.query<TickRecord>(Prisma.sql`SELECT ${COLUMNS} FROM "TickRecord"
        WHERE "tick" = ANY(${[...ticks]}::int8[]) ORDER BY "tick"`),
  };
}
