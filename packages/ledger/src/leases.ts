import type { Statements } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * Leases: which process may do what only one may do at a time.
 *
 * All times are the database's: the clocks of the processes may be wrong by minutes. The epoch rises with each change
 * of holder. A process that was frozen for longer than its lease may go on to believe that it holds it; so whatever it
 * writes under the lease carries the epoch (`fencedBy`), and Postgres refuses the epoch of an earlier holder. Until
 * somebody else has taken an expired lease, its holder's writes are good, and its renewal keeps the epoch.
 */
export interface Leases {
  /** Takes or renews. Nobody waits: `taken` says by whom, and until when. */
  acquire(name: string, holder: string, ttlMs: number): Promise<AcquireOutcome>;
  /** Gives it up, so that the next one need not wait for its end. False: it was not this holder's any more. */
  release(fence: Fence): Promise<boolean>;
  get(name: string): Promise<LeaseRecord | undefined>;
}

/** What a write under a lease carries. */
export interface Fence {
  readonly name: string;
  readonly epoch: number;
}

export interface LeaseRecord extends Fence {
  readonly holder: string;
  readonly expiresAt: Date;
  /** By the database's clock, when it was read. */
  readonly isExpired: boolean;
}

export type AcquireOutcome =
  | { readonly outcome: 'held'; readonly fence: Fence; readonly expiresAt: Date }
  | { readonly outcome: 'taken'; readonly by: string; readonly expiresAt: Date };

const COLUMNS = Prisma.sql`"name", "holder", "epoch"::float8 AS "epoch", "expiresAt",
  "expiresAt" <= clock_timestamp() AS "isExpired"`;

export function createLeases(statements: Statements): Leases {
  const get = async (name: string) =>
    (
      await statements.query<LeaseRecord>(Prisma.sql`SELECT ${COLUMNS} FROM "Lease" WHERE "name" = ${name}`)
    )[0];

  return {
    get,
    async acquire(name, holder, ttlMs) {
      for (;;) {
        const [held] = await statements.query<LeaseRecord>(Prisma.sql`
          INSERT INTO "Lease" AS l ("name", "holder", "expiresAt")
          VALUES (${name}, ${holder}, clock_timestamp() + ${ttlMs} * interval '1 ms')
          ON CONFLICT ("name") DO UPDATE SET
            "holder" = excluded."holder",
            "epoch" = l."epoch" + (l."holder" <> excluded."holder")::int4,
            "expiresAt" = clock_timestamp() + ${ttlMs} * interval '1 ms'
          WHERE l."holder" = excluded."holder" OR l."expiresAt" <= clock_timestamp()
          RETURNING ${COLUMNS}`);
        if (held !== undefined) {
          return { outcome: 'held', fence: { name, epoch: held.epoch }, expiresAt: held.expiresAt };
        }
        const other = await get(name);
        if (other !== undefined && !other.isExpired) {
          return { outcome: 'taken', by: other.holder, expiresAt: other.expiresAt };
        }
        // It ended between the two statements.
      }
    },
    async release(fence) {
      const rows = await statements.query(Prisma.sql`
        UPDATE "Lease" SET "expiresAt" = clock_timestamp(), "holder" = ''
        WHERE "name" = ${fence.name} AND "epoch" = ${fence.epoch}::int8 AND "holder" <> '' RETURNING "name"`);
      return rows.length > 0;
    },
  };
}

/**
 * A CTE named `fence` with one row while the epoch is the lease's, and none after somebody else has taken it: a guarded
 * write begins `WITH ${fencedBy(fence)} UPDATE … WHERE … AND EXISTS (SELECT FROM fence)`. It locks the lease's row, so
 * that nobody takes the lease between the check and the commit of the write.
 */
export function fencedBy(fence: Fence): Prisma.Sql {
  return Prisma.sql`fence AS MATERIALIZED (
    SELECT 1 FROM "Lease" WHERE "name" = ${fence.name} AND "epoch" = ${fence.epoch}::int8 FOR SHARE
  )`;
}
