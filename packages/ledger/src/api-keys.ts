import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { FairleadError } from '@fairlead/core';
import { type By, noted } from './audit.ts';
import type { Database } from './database.ts';
import { createGather } from './gather.ts';
import { type ApiKey, Prisma } from './generated/client.ts';

/**
 * API keys: `flk_<prefix>_<secret>`, with 256 random bits of secret. The prefix finds the row, and may be shown and
 * logged; of the whole key only the SHA-256 is stored. That needs no slow hash: nobody guesses 256 bits.
 *
 * A verified row is remembered for `keepMs`, so that a busy client costs no statement per request; that is how long a
 * revoked key may still be good in another process. While Postgres does not answer, what was read less than a minute
 * ago holds, or a restart of it would refuse everybody; a process that is cut off from it alone may honour a revoked key
 * for as long. When a key was last used is noted once a minute for all.
 */
export interface ApiKeys {
  /** `key` is shown this once and never again. */
  create(key: ApiKeyToCreate): Promise<{ key: string; record: ApiKeyRecord }>;
  /**
   * Stores a key that was made elsewhere, as an installation's first one; again and again without harm. Throws
   * INVALID_REQUEST when it has not the form, or its prefix is another key's.
   */
  ensure(key: string, as: ApiKeyToCreate): Promise<ApiKeyRecord>;
  /** Undefined: unknown, wrong, revoked or no key at all; a caller learns no more. Throws LEDGER_UNAVAILABLE. */
  verify(key: string): Promise<ApiKeyRecord | undefined>;
  /** False: there is no such key, or it was revoked before. */
  revoke(prefix: string, by: By): Promise<boolean>;
  list(): Promise<ApiKeyRecord[]>;
  /** Notes the uses so far. */
  flush(): Promise<void>;
}

export const API_KEY_SCOPES = ['enqueue', 'read', 'operate', 'admin'] as const;
export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export interface ApiKeyToCreate {
  readonly label: string;
  readonly scopes: readonly ApiKeyScope[];
  /** Undefined: all workspaces. */
  readonly workspace?: string | undefined;
  readonly createdBy: string;
}

export type ApiKeyRecord = Omit<ApiKey, 'sha256' | 'scopes'> & { readonly scopes: ApiKeyScope[] };

const FORM = /^flk_([0-9a-f]{12})_([A-Za-z0-9_-]{43,128})$/;
const PREFIX_BYTES = 6;
const SECRET_BYTES = 32;
const KEEP_MS = 2_000;
const AWAY_MS = 60_000;
const FLUSH_EVERY_MS = 60_000;
const MAX_KEPT = 10_000;
const NO_HASH = Buffer.alloc(32);

type StoredKey = ApiKeyRecord & { readonly sha256: Uint8Array };

export function createApiKeys(
  database: Database,
  { keepMs = KEEP_MS, nowMs = () => performance.now() }: { keepMs?: number; nowMs?: () => number } = {},
): ApiKeys {
  const kept = new Map<string, { readonly row: StoredKey; readonly readMs: number }>();
  /** In this process, for good: a look-up that was under way may still bring such a row as it was before. */
  const revoked = new Set<string>();
  let isAway = false;
  let looking: Promise<undefined> | undefined;
  const used = new Set<string>();
  let flushedMs = Number.NEGATIVE_INFINITY;
  let flushing: Promise<void> | undefined;

  // Guesses come in floods: they share statements too.
  const find = createGather({
    send: async (prefixes: readonly string[]) => {
      const rows = await database.query<StoredKey>(
        Prisma.sql`SELECT * FROM "ApiKey" WHERE "prefix" = ANY(${prefixes}::text[])`,
      );
      const found = new Map(rows.map((row) => [row.prefix, row]));
      return prefixes.map((prefix) => found.get(prefix));
    },
    bytesOf: (prefix) => prefix.length,
    maxRows: 1_000,
    maxBytes: 100_000,
    waitMs: 1,
    maxUnderWay: 1,
    deadlineMs: 5_000,
  });

  async function look(prefix: string): Promise<StoredKey | undefined> {
    const [row] = await find([prefix]).catch((error: unknown) => {
      isAway = true;
      throw error;
    });
    isAway = false;
    kept.delete(prefix);
    if (row === undefined) return undefined;
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(prefix, { row, readMs: nowMs() });
    return row;
  }

  async function rowOf(prefix: string): Promise<StoredKey | undefined> {
    const remembered = kept.get(prefix);
    const ageMs = remembered === undefined ? Number.POSITIVE_INFINITY : nowMs() - remembered.readMs;
    if (remembered === undefined || ageMs >= AWAY_MS) return look(prefix);
    if (ageMs < keepMs) return remembered.row;
    if (!isAway) {
      return look(prefix).catch((error: unknown) => {
        if (kept.get(prefix) === remembered) return remembered.row;
        throw error;
      });
    }
    looking ??= look(prefix).then(
      () => (looking = undefined),
      () => (looking = undefined),
    );
    return remembered.row;
  }

  /** One after the other: whoever waits for its uses to be noted waits for those that are being noted too. */
  function flush(): Promise<void> {
    flushedMs = nowMs();
    const run = flushing === undefined ? noteUses() : flushing.catch(() => {}).then(noteUses);
    flushing = run;
    const over = () => {
      if (flushing === run) flushing = undefined;
    };
    run.then(over, over);
    return run;
  }

  async function noteUses(): Promise<void> {
    const prefixes = [...used].sort();
    used.clear();
    if (prefixes.length === 0) return;
    await database.query(Prisma.sql`
      UPDATE "ApiKey" SET "lastUsedAt" = clock_timestamp() WHERE "prefix" = ANY(${prefixes}::text[])`);
  }

  async function store(key: string, as: ApiKeyToCreate): Promise<StoredKey> {
    const prefix = FORM.exec(key)?.[1];
    if (prefix === undefined) {
      throw new FairleadError('INVALID_REQUEST', 'The key has not the form flk_<prefix>_<secret>.', {
        fix: 'Make one with `fairlead keys create`.',
      });
    }
    const [row] = await database.query<StoredKey>(Prisma.sql`
      WITH made AS (
        INSERT INTO "ApiKey" ("prefix", "sha256", "label", "scopes", "workspace", "createdBy")
        VALUES (${prefix}, decode(${sha256(key).toString('hex')}, 'hex'), ${as.label},
          ${[...new Set(as.scopes)]}::text[], ${as.workspace ?? null}, ${as.createdBy})
        ON CONFLICT DO NOTHING RETURNING *
      )${noted({ actor: as.createdBy }, Prisma.sql`made`, {
        action: 'key.create',
        subject: Prisma.sql`'key:' || "prefix"`,
        workspace: Prisma.sql`"workspace"`,
        after: Prisma.sql`jsonb_build_object('label', "label", 'scopes', "scopes", 'workspace', "workspace")`,
      })}
      SELECT * FROM made UNION ALL SELECT * FROM "ApiKey" WHERE "prefix" = ${prefix} LIMIT 1`);
    if (row === undefined || !isEqual(sha256(key), row.sha256)) {
      throw new FairleadError('INVALID_REQUEST', 'Another key has this prefix.', { fix: 'Make a new key.' });
    }
    return row;
  }

  return {
    flush,
    async create(as) {
      const key = `flk_${randomBytes(PREFIX_BYTES).toString('hex')}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      return { key, record: toRecord(await store(key, as)) };
    },
    ensure: async (key, as) => toRecord(await store(key, as)),
    async verify(key) {
      const prefix = FORM.exec(key)?.[1];
      const row = prefix === undefined ? undefined : await rowOf(prefix);
      // The comparison takes place in any case, and takes the same time in any case.
      const isRight = isEqual(sha256(key), row?.sha256 ?? NO_HASH);
      if (row === undefined || !isRight || row.revokedAt !== null || revoked.has(row.prefix))
        return undefined;
      used.add(row.prefix);
      if (nowMs() - flushedMs >= FLUSH_EVERY_MS) flush().catch(() => {});
      return toRecord(row);
    },
    async revoke(prefix, by) {
      const rows = await database.query(Prisma.sql`
        WITH revoked AS (
          UPDATE "ApiKey" SET "revokedAt" = clock_timestamp()
          WHERE "prefix" = ${prefix} AND "revokedAt" IS NULL RETURNING *
        )${noted(by, Prisma.sql`revoked`, {
          action: 'key.revoke',
          subject: Prisma.sql`'key:' || "prefix"`,
          workspace: Prisma.sql`"workspace"`,
          after: Prisma.sql`jsonb_build_object('revokedAt', "revokedAt")`,
        })}
        SELECT "prefix" FROM revoked`);
      kept.delete(prefix);
      if (rows.length > 0) revoked.add(prefix);
      return rows.length > 0;
    },
    list: async () =>
      (
        await database.query<StoredKey>(Prisma.sql`SELECT * FROM "ApiKey" ORDER BY "createdAt", "prefix"`)
      ).map(toRecord),
  };
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function toRecord({ sha256: _, ...record }: StoredKey): ApiKeyRecord {
  return record;
}
