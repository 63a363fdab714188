import { FairleadError } from '@fairlead/core';
import type { Statements } from './database.ts';
import { type Flag, Prisma } from './generated/client.ts';

/**
 * Flags: switches that operators turn while everything runs. Each process starts with initial values from its options;
 * what was set in the ledger goes before them, until it is cleared or expires. What is read is at most `keepMs` old; what
 * was changed in this process holds here at once.
 *
 * They are for bad days: while Postgres does not answer, the last known values hold, and before the first answer the
 * initial ones. Every change is written to the audit in the same statement.
 */
export interface Flags<Values extends FlagValues> {
  /** The values in force. Never rejects. */
  read(): Promise<Values>;
  /** With where each value comes from. Throws LEDGER_UNAVAILABLE. */
  list(): Promise<FlagRecord[]>;
  /** With `expiresInMs` it ends by itself. Throws INVALID_REQUEST for an unknown name or a value of another type. */
  set(
    name: string,
    value: FlagValue,
    by: { actor: string; expiresInMs?: number | undefined },
  ): Promise<FlagRecord>;
  /** Back to the initial value. */
  clear(name: string, by: { actor: string }): Promise<FlagRecord>;
}

export type FlagValue = boolean | number | string;
export type FlagValues = Readonly<Record<string, FlagValue>>;

/** Initial values that end by themselves: when, and what holds then. */
export type InitialEnds<Values extends FlagValues> = {
  readonly [Name in keyof Values]?: { readonly at: Date; readonly afterwards: FlagValue };
};

export interface FlagRecord {
  readonly name: string;
  readonly value: FlagValue;
  readonly source: 'initial' | 'set';
  readonly updatedBy: string | undefined;
  readonly updatedAt: Date | undefined;
  /** When the value ends by itself. */
  readonly expiresAt: Date | undefined;
}

const KEEP_MS = 1_000;

export function createFlags<Values extends FlagValues>(
  statements: Statements,
  initial: Values,
  {
    keepMs = KEEP_MS,
    nowMs = () => performance.now(),
    wallNowMs = Date.now,
    ends = {},
  }: {
    keepMs?: number;
    nowMs?: () => number;
    wallNowMs?: () => number;
    ends?: InitialEnds<Values>;
  } = {},
): Flags<Values> {
  let known: Values | undefined;
  let knownUntilMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  /** Made here. */
  let changes = 0;

  async function list(): Promise<FlagRecord[]> {
    const rows = await statements.query<Flag>(Prisma.sql`
      SELECT * FROM "Flag" WHERE "expiresAt" IS NULL OR "expiresAt" > clock_timestamp()`);
    const set = new Map(rows.map((row) => [row.name, row]));
    return Object.keys(initial).map((name) => toRecord(name, initialOf(name), set.get(name)));
  }

  async function refresh(): Promise<void> {
    let before: number;
    do {
      before = changes;
      try {
        known = valuesOf(await list());
      } catch {
        // The last known values hold; before there are any, the initial ones.
        known ??= valuesOf(Object.keys(initial).map((name) => toRecord(name, initialOf(name), undefined)));
      }
      // What was read while a flag was changed here may be as it was before.
    } while (changes !== before);
    knownUntilMs = nowMs() + keepMs;
  }

  function changed(): void {
    changes++;
    knownUntilMs = Number.NEGATIVE_INFINITY;
  }

  function initialOf(name: string): Initial {
    const value = Object.hasOwn(initial, name) ? initial[name] : undefined;
    const end = value === undefined ? undefined : ends[name];
    if (end !== undefined && wallNowMs() >= end.at.valueOf())
      return { value: end.afterwards, expiresAt: undefined };
    if (value !== undefined) return { value, expiresAt: end?.at };
    throw new FairleadError('INVALID_REQUEST', `There is no flag "${name}".`, {
      fix: `Use one of ${Object.keys(initial).join(', ')}.`,
    });
  }

  return {
    list,
    async read() {
      if (nowMs() >= knownUntilMs) {
        reading ??= refresh().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return known as Values;
    },
    async set(name, value, { actor, expiresInMs }) {
      const was = initialOf(name);
      if (typeof value !== typeof was.value) {
        throw new FairleadError('INVALID_REQUEST', `The flag "${name}" is a ${typeof was.value}.`);
      }
      const [row] = await statements.query<Flag>(Prisma.sql`
        WITH was AS (SELECT "value" FROM "Flag" WHERE "name" = ${name}), changed AS (
          INSERT INTO "Flag" AS f ("name", "value", "updatedBy", "expiresAt")
          VALUES (${name}, ${JSON.stringify(value)}::jsonb, ${actor},
            clock_timestamp() + ${expiresInMs ?? null}::float8 * interval '1 ms')
          ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value", "version" = f."version" + 1,
            "updatedBy" = excluded."updatedBy", "updatedAt" = clock_timestamp(), "expiresAt" = excluded."expiresAt"
          RETURNING *
        ), noted AS (
          INSERT INTO "AuditEntry" ("actor", "action", "subject", "before", "after")
          SELECT ${actor}, 'flag.set', 'flag:' || "name", (SELECT "value" FROM was),
            jsonb_build_object('value', "value", 'expiresAt', "expiresAt") FROM changed
        )
        SELECT * FROM changed`);
      changed();
      return toRecord(name, was, row);
    },
    async clear(name, { actor }) {
      const initially = initialOf(name);
      await statements.query(Prisma.sql`
        WITH gone AS (DELETE FROM "Flag" WHERE "name" = ${name} RETURNING *)
        INSERT INTO "AuditEntry" ("actor", "action", "subject", "before")
        SELECT ${actor}, 'flag.clear', 'flag:' || "name", "value" FROM gone RETURNING "id"`);
      changed();
      return toRecord(name, initially, undefined);
    },
  };
}

interface Initial {
  readonly value: FlagValue;
  readonly expiresAt: Date | undefined;
}

function toRecord(name: string, initial: Initial, row: Flag | undefined): FlagRecord {
  // Another version of the program may have given the name another type.
  const isSet = row !== undefined && typeof row.value === typeof initial.value;
  return {
    name,
    value: isSet ? (row.value as FlagValue) : initial.value,
    source: isSet ? 'set' : 'initial',
    updatedBy: isSet ? row.updatedBy : undefined,
    updatedAt: isSet ? row.updatedAt : undefined,
    expiresAt: isSet ? (row.expiresAt ?? undefined) : initial.expiresAt,
  };
}

function valuesOf<Values extends FlagValues>(records: readonly FlagRecord[]): Values {
  return Object.fromEntries(records.map(({ name, value }) => [name, value])) as Values;
}
