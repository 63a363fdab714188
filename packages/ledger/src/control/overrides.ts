import {
  DRILL_SIGNALS,
  type Drill,
  type DrillSignal,
  FairleadError,
  KINDS,
  type Kind,
  type Pin,
  type Step,
} from '@fairlead/core';
import { type By, noted } from '../audit.ts';
import type { Statements } from '../database.ts';
import { type OperatorOverride, OverrideKind, Prisma } from '../generated/client.ts';
import { assertStorableText } from '../storable.ts';

/**
 * What operators order over the controller's head. For each kind and subject the last order counts, and it ends by
 * itself when it expires, by the clock of Postgres: an order that it replaced does not come back. Who ordered what and
 * why is in the audit, in the same statement.
 */
export interface Overrides {
  /** A fixed capacity, until it expires. */
  pin(capacity: number, order: Expiring, by: By): Promise<OverrideRecord>;
  /** So much more capacity, or less, once. */
  step(change: number, order: Expiring, by: By): Promise<OverrideRecord>;
  /** No quota changes, of one workspace or (undefined) of all. */
  freeze(workspace: string | undefined, order: Order, by: By): Promise<OverrideRecord>;
  /** That kind of decision is not taken. */
  switchOff(kind: Kind, order: Order, by: By): Promise<OverrideRecord>;
  /** For an exercise a signal is said to be `value`, until it expires; null: not to be measurable. */
  drill(signal: DrillSignal, value: number | null, order: Expiring, by: By): Promise<OverrideRecord>;
  /** Takes an order back. False: none was in force. */
  release(kind: OverrideKind, subject: string, by: By): Promise<boolean>;
  inForce(): Promise<InForce>;
  /** The last order of each kind (or of these) and subject, those that are over too; the newest first, 1,000 at most. */
  list(kinds?: readonly OverrideKind[]): Promise<OverrideRecord[]>;
}

export interface Order {
  /** In words, for who asks tomorrow. */
  readonly reason: string;
  /** Undefined: until it is taken back. */
  readonly expiresInMs?: number | undefined;
}

export type Expiring = Order & { readonly expiresInMs: number };

export type OverrideRecord = OperatorOverride & { readonly isInForce: boolean };

/** In the form that the engine takes. */
export interface InForce {
  readonly pin: Pin | null;
  readonly step: Step | null;
  /** By workspace, or `*` for all. */
  readonly freezes: ReadonlyMap<string, { readonly actor: string; readonly expiresAtMs: number | null }>;
  /** Kinds that are switched off. */
  readonly off: ReadonlySet<Kind>;
  /** In the order of their signals. */
  readonly drills: readonly (Drill & { readonly actor: string; readonly expiresAtMs: number })[];
}

/** What pins and steps are about. */
export const CAPACITY = 'capacity';
/** What a freeze of all workspaces is about: no workspace has that name. */
export const ALL_WORKSPACES = '*';

const MAX_LISTED = 1_000;
const MAX_INT = 2 ** 31 - 1;

const IS_IN_FORCE = Prisma.sql`"releasedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > clock_timestamp())`;

/** One JSON value: an array of `OverrideRow`. */
export const IN_FORCE = Prisma.sql`
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', "kind", 'subject', "subject", 'number', "number",
    'value', "value", 'actor', "actor", 'expiresAtMs', floor(extract(epoch FROM "expiresAt") * 1000))), '[]')
  FROM "OperatorOverride" WHERE ${IS_IN_FORCE}`;

export interface OverrideRow {
  readonly kind: OverrideKind;
  readonly subject: string;
  readonly number: number;
  readonly value: number | null;
  readonly actor: string;
  readonly expiresAtMs: number | null;
}

export function toInForce(rows: readonly OverrideRow[]): InForce {
  const one = (kind: OverrideKind) => rows.find((row) => row.kind === kind);
  const [pin, step] = [one('pin'), one('step')];
  const of = (kind: OverrideKind) => rows.filter((row) => row.kind === kind);
  return {
    pin: pin
      ? { capacity: pin.value as number, actor: pin.actor, expiresAtMs: pin.expiresAtMs as number }
      : null,
    step: step
      ? {
          number: step.number,
          by: step.value as number,
          actor: step.actor,
          expiresAtMs: step.expiresAtMs as number,
        }
      : null,
    freezes: new Map(
      of('freeze').map(({ subject, actor, expiresAtMs }) => [subject, { actor, expiresAtMs }]),
    ),
    off: new Set(of('switch').map(({ subject }) => subject as Kind)),
    drills: of('drill')
      .map(({ subject, value, actor, expiresAtMs }) => ({
        signal: subject as DrillSignal,
        value,
        actor,
        expiresAtMs: expiresAtMs as number,
      }))
      .sort((a, b) => (a.signal < b.signal ? -1 : 1)),
  };
}

export function createOverrides(statements: Statements): Overrides {
  async function order(
    kind: OverrideKind,
    subject: string,
    value: number | null,
    { reason, expiresInMs }: Order,
    by: By,
  ): Promise<OverrideRecord> {
    if (value !== null && (!Number.isInteger(value) || Math.abs(value) > MAX_INT)) {
      throw invalid(`A ${kind} needs a whole number of jobs, at most ${MAX_INT}.`);
    }
    if (kind === 'pin' && (value as number) < 0) throw invalid('Capacity cannot be pinned below 0.');
    if (expiresInMs !== undefined && !(Number.isInteger(expiresInMs) && expiresInMs > 0)) {
      throw invalid('An order expires after a whole number of milliseconds, more than 0.');
    }
    assertStorableText('The reason', reason);
    const [row] = await statements.query<OperatorOverride>(Prisma.sql`
      WITH was AS (SELECT * FROM "OperatorOverride" WHERE "kind" = ${kind}::"OverrideKind" AND "subject" = ${subject}),
      changed AS (
        INSERT INTO "OperatorOverride" AS o ("kind", "subject", "value", "actor", "reason", "expiresAt")
        VALUES (${kind}::"OverrideKind", ${subject}, ${value}::int4, ${by.actor}, ${reason},
          clock_timestamp() + ${expiresInMs ?? null}::float8 * interval '1 ms')
        ON CONFLICT ("kind", "subject") DO UPDATE SET "number" = o."number" + 1, "value" = excluded."value",
          "actor" = excluded."actor", "reason" = excluded."reason", "orderedAt" = clock_timestamp(),
          "expiresAt" = excluded."expiresAt", "releasedAt" = NULL
        RETURNING *
      )${noted(by, Prisma.sql`changed`, {
        action: `control.${kind}`,
        subject: Prisma.sql`"kind" || ':' || "subject"`,
        workspace: Prisma.sql`CASE WHEN "kind" = 'freeze' THEN nullif("subject", ${ALL_WORKSPACES}) END`,
        before: Prisma.sql`(SELECT ${said} FROM was WHERE ${IS_IN_FORCE})`,
        after: said,
      })}
      SELECT * FROM changed`);
    return { ...(row as OperatorOverride), isInForce: true };
  }

  return {
    pin: (capacity, terms, by) => order('pin', CAPACITY, capacity, terms, by),
    step: (change, terms, by) => order('step', CAPACITY, change, terms, by),
    freeze: (workspace, terms, by) => order('freeze', workspace ?? ALL_WORKSPACES, null, terms, by),
    async switchOff(kind, terms, by) {
      if (!KINDS.includes(kind)) throw invalid(`There are no decisions of the kind "${kind}".`);
      return order('switch', kind, null, terms, by);
    },
    async drill(signal, value, terms, by) {
      if (!DRILL_SIGNALS.includes(signal)) throw invalid(`There is no signal "${signal}" to drill.`);
      if (value !== null && value < 0) throw invalid('A signal cannot be said to be below 0.');
      return order('drill', signal, value, terms, by);
    },
    async release(kind, subject, by) {
      const rows = await statements.query(Prisma.sql`
        WITH released AS (
          UPDATE "OperatorOverride" SET "releasedAt" = clock_timestamp()
          WHERE "kind" = ${kind}::"OverrideKind" AND "subject" = ${subject} AND ${IS_IN_FORCE} RETURNING *
        )${noted(by, Prisma.sql`released`, {
          action: `control.${kind}.release`,
          subject: Prisma.sql`"kind" || ':' || "subject"`,
          workspace: Prisma.sql`CASE WHEN "kind" = 'freeze' THEN nullif("subject", ${ALL_WORKSPACES}) END`,
          before: said,
        })}
        SELECT 1 FROM released`);
      return rows.length > 0;
    },
    async inForce() {
      const [row] = await statements.query<{ rows: string }>(Prisma.sql`SELECT (${IN_FORCE})::text AS rows`);
      return toInForce(JSON.parse(row?.rows ?? '[]') as OverrideRow[]);
    },
    list: (kinds = Object.values(OverrideKind)) =>
      statements.query<OverrideRecord>(Prisma.sql`
        SELECT *, ${IS_IN_FORCE} AS "isInForce" FROM "OperatorOverride"
        WHERE "kind"::text = ANY(${[...kinds]}::text[])
        ORDER BY "orderedAt" DESC, "kind", "subject" LIMIT ${MAX_LISTED}`),
  };
}

const said = Prisma.sql`jsonb_build_object('value', "value", 'reason', "reason", 'actor', "actor", 'expiresAt', "expiresAt")`;

function invalid(message: string): FairleadError {
  return new FairleadError('INVALID_REQUEST', message);
}
