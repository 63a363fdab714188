import { type By, noted } from '../audit.ts';
import type { Database } from '../database.ts';
import { type Effect, type EffectOutcome, Prisma } from '../generated/client.ts';
import { storedResult } from '../jobs/stored-result.ts';
import { assertStorableText } from '../storable.ts';

export type EffectSelection =
  | { readonly kind: 'one'; readonly workspace: string; readonly effectKey: string }
  | {
      readonly kind: 'unknown' | 'duplicate';
      readonly workspace: string;
      /** The last key of the page before. */
      readonly after?: string | undefined;
    };

export function effectPage(database: Database, selection: EffectSelection, limit: number): Promise<Effect[]> {
  return database.query<Effect>(Prisma.sql`
    SELECT * FROM "Effect" WHERE "workspace" = ${selection.workspace} AND ${conditionOf(selection)}
    ORDER BY "effectKey" LIMIT ${String(limit)}::int4`);
}

function conditionOf(selection: EffectSelection): Prisma.Sql {
  if (selection.kind === 'one') return Prisma.sql`"effectKey" = ${selection.effectKey}`;
  const isKind =
    selection.kind === 'unknown' ? Prisma.sql`"outcome" = 'unknown'` : Prisma.sql`"executions" > 1`;
  return Prisma.sql`${isKind} AND "effectKey" > ${selection.after ?? ''}`;
}

export type ResolveOutcome =
  | { readonly outcome: 'resolved' }
  | { readonly outcome: 'not_unknown'; readonly is: EffectOutcome }
  | { readonly outcome: 'not_found' };

/** What an operator found out. */
export type Finding =
  /** Repeats are suppressed from now on, and get the result (undefined when nothing is said). */
  | { readonly happened: true; readonly resultJson?: string | undefined }
  /** The next claim runs it. */
  | { readonly happened: false };

const SUBJECT = Prisma.sql`'effect:' || "workspace" || '/' || "effectKey"`;

/** Also for an effect whose claim has expired, and that nobody asked for since. */
export async function resolveEffect(
  database: Database,
  workspace: string,
  effectKey: string,
  finding: Finding,
  by: By | undefined,
): Promise<ResolveOutcome> {
  assertStorableText('The effect key', effectKey);
  const { happened } = finding;
  const resultJson = happened ? finding.resultJson : undefined;
  const result = resultJson === undefined ? null : storedResult(resultJson);
  const resolved = await database.query(Prisma.sql`
    WITH resolved AS (
      UPDATE "Effect" SET "outcome" = ${happened ? 'succeeded' : 'failed'}::"EffectOutcome", "expiresAt" = NULL,
        "result" = ${result}::jsonb, "executions" = "executions" + ${happened ? 1 : 0}, "lastAt" = clock_timestamp()
      WHERE "workspace" = ${workspace} AND "effectKey" = ${effectKey}
        AND ("outcome" = 'unknown' OR ("outcome" = 'pending' AND "expiresAt" <= clock_timestamp()))
      RETURNING *
    )${noted(by, Prisma.sql`resolved`, {
      action: 'effect.resolve',
      subject: SUBJECT,
      workspace: Prisma.sql`"workspace"`,
      before: Prisma.sql`jsonb_build_object('outcome', 'unknown', 'jobId', "jobId", 'attempt', "attempt")`,
      // Without the result, which is the tenant's.
      after: Prisma.sql`jsonb_build_object('outcome', "outcome")`,
    })}
    SELECT "claim" FROM resolved`);
  if (resolved.length > 0) return { outcome: 'resolved' };
  const [row] = await effectPage(database, { kind: 'one', workspace, effectKey }, 1);
  return row === undefined ? { outcome: 'not_found' } : { outcome: 'not_unknown', is: row.outcome };
}
