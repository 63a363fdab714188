import type { Statements } from '../database.ts';
import { type EffectOutcome, Prisma } from '../generated/client.ts';
import { assertStorableText } from '../storable.ts';

export interface EffectToClaim {
  readonly workspace: string;
  readonly effectKey: string;
  readonly jobId: string;
  readonly attempt: number;
  /** For how long the caller is taken to be at work; longer than its time limit. Default 60,000. */
  readonly claimMs?: number | undefined;
  /** What to do when nobody knows whether it happened: hold it for an operator (default), or repeat it. */
  readonly whenUnknown?: 'hold' | 'retry' | undefined;
}

export type ClaimOutcome =
  /** It is the caller's. */
  | { readonly outcome: 'claimed'; readonly claim: number }
  /** It happened before; this is what it gave (undefined when nothing). */
  | { readonly outcome: 'recorded'; readonly result: unknown }
  /** Somebody is at it. */
  | { readonly outcome: 'in_progress'; readonly untilMs: number }
  /** Somebody was at it and did not come back; an operator decides. */
  | { readonly outcome: 'unknown'; readonly sinceMs: number };

const CLAIM_MS = 60_000;

interface Row {
  outcome: EffectOutcome;
  claim: number;
  result: unknown;
  expiresAt: Date | null;
  lastAt: Date;
  taken: boolean;
}

/** One statement for the first claim of an effect, two for every other. */
export async function claimEffect(statements: Statements, effect: EffectToClaim): Promise<ClaimOutcome> {
  assertStorableText('The effect key', effect.effectKey);
  for (;;) {
    if (await insert(statements, effect)) return { outcome: 'claimed', claim: 1 };
    const row = await takeOrCount(statements, effect);
    // Undefined: its transaction was taken back in between, and it is nobody's again.
    if (row !== undefined) return toOutcome(row);
  }
}

async function insert(statements: Statements, effect: EffectToClaim): Promise<boolean> {
  const { workspace, effectKey, jobId, attempt, claimMs = CLAIM_MS } = effect;
  const rows = await statements.query(Prisma.sql`
    INSERT INTO "Effect" ("workspace", "effectKey", "jobId", "attempt", "expiresAt")
    VALUES (${workspace}, ${effectKey}, ${jobId}, ${attempt}::int4, clock_timestamp() + ${claimMs} * interval '1 ms')
    ON CONFLICT DO NOTHING RETURNING "claim"`);
  return rows.length > 0;
}

/** Locks the row first, so that everything is decided on what is there now. */
async function takeOrCount(statements: Statements, effect: EffectToClaim): Promise<Row | undefined> {
  const { workspace, effectKey, jobId, attempt, claimMs = CLAIM_MS, whenUnknown = 'hold' } = effect;
  const mayRepeat = whenUnknown === 'retry';
  const rows = await statements.query<Row>(Prisma.sql`
    WITH row AS (
      SELECT * FROM "Effect" WHERE "workspace" = ${workspace} AND "effectKey" = ${effectKey} FOR UPDATE
    ), known AS (
      SELECT *, CASE WHEN "outcome" = 'pending' AND "expiresAt" <= clock_timestamp() THEN 'unknown'
        ELSE "outcome" END AS now FROM row
    ), decided AS (
      SELECT *, (now = 'failed' OR (now = 'unknown' AND ${mayRepeat}::bool)) AS taken FROM known
    )
    UPDATE "Effect" e SET
      "outcome" = CASE WHEN d.taken THEN 'pending' ELSE d.now END,
      "claim" = e."claim" + d.taken::int4,
      "executions" = e."executions" + (d.taken AND d.now = 'unknown')::int4,
      "suppressed" = e."suppressed" + (d.now = 'succeeded')::int4,
      "jobId" = CASE WHEN d.taken THEN ${jobId} ELSE e."jobId" END,
      "attempt" = CASE WHEN d.taken THEN ${attempt}::int4 ELSE e."attempt" END,
      "expiresAt" = CASE WHEN d.taken THEN clock_timestamp() + ${claimMs} * interval '1 ms' ELSE e."expiresAt" END,
      "lastAt" = CASE WHEN d.taken OR d.now = 'succeeded' THEN clock_timestamp() ELSE e."lastAt" END
    FROM decided d WHERE e."workspace" = d."workspace" AND e."effectKey" = d."effectKey"
    RETURNING e."outcome", e."claim", e."result", e."expiresAt", e."lastAt", d.taken`);
  return rows[0];
}

function toOutcome(row: Row): ClaimOutcome {
  if (row.taken) return { outcome: 'claimed', claim: row.claim };
  if (row.outcome === 'succeeded') return { outcome: 'recorded', result: row.result ?? undefined };
  if (row.outcome === 'unknown') return { outcome: 'unknown', sinceMs: Number(row.expiresAt ?? row.lastAt) };
  return { outcome: 'in_progress', untilMs: Number(row.expiresAt) };
}
