import type { Statements } from './database.ts';
import { type AuditEntry, Prisma } from './generated/client.ts';

/** Who changed what, and when. Entries are written and read, never changed. */
export interface Audit {
  /** One statement for all. */
  write(entries: readonly AuditToWrite[]): Promise<void>;
  /** The newest first; `before` is the id of the last entry of the page before. */
  page(options: AuditSelection): Promise<AuditRecord[]>;
}

export interface AuditToWrite {
  /** A key's prefix, an operator's name, or a service. */
  readonly actor: string;
  /** As `workspace.update`. */
  readonly action: string;
  /** As `workspace:acme`. */
  readonly subject: string;
  readonly workspace?: string | undefined;
  /** JSON values. Secrets do not belong here. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditSelection {
  readonly before?: number | undefined;
  readonly subject?: string | undefined;
  readonly limit: number;
}

export type AuditRecord = Omit<AuditEntry, 'id'> & { readonly id: number };

export function createAudit(statements: Statements): Audit {
  return {
    async write(entries) {
      if (entries.length > 0) await statements.query(Prisma.sql`${insertAudit(entries)} RETURNING "id"`);
    },
    page: ({ before, subject, limit }) =>
      statements.query<AuditRecord>(Prisma.sql`
        SELECT "id"::float8 AS "id", "at", "actor", "action", "subject", "workspace", "before", "after"
        FROM "AuditEntry" WHERE ${before === undefined ? Prisma.sql`true` : Prisma.sql`"id" < ${before}::int8`}
          AND ${subject === undefined ? Prisma.sql`true` : Prisma.sql`"subject" = ${subject}`}
        ORDER BY "id" DESC LIMIT ${String(limit)}::int4`),
  };
}

/** Who makes a change. */
export interface By {
  /** As `key:0123456789ab`. */
  readonly actor: string;
}

/** Columns of the rows in `from`, as SQL. */
export interface Noted {
  readonly action: string;
  readonly subject: Prisma.Sql;
  readonly workspace: Prisma.Sql;
  readonly before?: Prisma.Sql;
  readonly after?: Prisma.Sql;
}

/**
 * A part of the statement that makes a change, so that the entry commits with it: `WITH changed AS (…)${noted(…)}
 * SELECT …`, with an entry for each row of `from`. Nothing when nobody is named: a change of the system's own.
 */
export function noted(
  by: By | undefined,
  from: Prisma.Sql,
  { action, subject, workspace, before = NULL, after = NULL }: Noted,
): Prisma.Sql {
  if (by === undefined) return Prisma.empty;
  return Prisma.sql`, noted AS (
    INSERT INTO "AuditEntry" ("actor", "action", "subject", "workspace", "before", "after")
    SELECT ${by.actor}, ${action}, ${subject}, ${workspace}, ${before}, ${after} FROM ${from}
  )`;
}

const NULL = Prisma.sql`NULL::jsonb`;

function insertAudit(entries: readonly AuditToWrite[]): Prisma.Sql {
  const json = (value: unknown) => (value === undefined ? null : (JSON.stringify(value) ?? null));
  return Prisma.sql`
    INSERT INTO "AuditEntry" ("actor", "action", "subject", "workspace", "before", "after")
    SELECT * FROM unnest(
      ${entries.map((entry) => entry.actor)}::text[],
      ${entries.map((entry) => entry.action)}::text[],
      ${entries.map((entry) => entry.subject)}::text[],
      ${entries.map((entry) => entry.workspace ?? null)}::text[],
      ${entries.map((entry) => json(entry.before))}::jsonb[],
      ${entries.map((entry) => json(entry.after))}::jsonb[]
    )`;
}
