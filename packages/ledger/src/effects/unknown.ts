import type { Database } from '../database.ts';
import { type Effect, type EffectOutcome, Prisma } from '../generated/client.ts';

export type EffectSelection =
  | { readonly kind: 'one'; readonly workspace: string; readonly effectKey: string }
  | {
      readonly kind: 'unknown' | 'duplicate';
      readonly after?: { readonly workspace: string; readonly effectKey: string } | undefined;
    };

export function effectPage(database: Database, selection: EffectSelection, limit: number): Promise<Effect[]> {
  return database.query<Effect>(Prisma.sql`
    SELECT * FROM "Effect" WHERE ${conditionOf(selection)}
    ORDER BY "workspace", "effectKey" LIMIT ${String(limit)}::int4`);
}

function conditionOf(selection: EffectSelection): Prisma.Sql {
  if (selection.kind === 'one') {
    return Prisma.sql`"workspace" = ${selection.workspace} AND "effectKey" = ${selection.effectKey}`;
  }
  const { workspace = '', effectKey = '' } = selection.after ?? {};
  const isKind =
    selection.kind === 'unknown' ? Prisma.sql`"outcome" = 'unknown'` : Prisma.sql`"executions" > 1`;
  return Prisma.sql`${isKind} AND ("workspace", "effectKey") > (${workspace}, ${effectKey})`;
}

export type ResolveOutcome =
  | { readonly outcome: 'resolved' }
  | { readonly outcome: 'not_unknown'; readonly is: EffectOutcome }
  | { readonly outcome: 'not_found' };

/** It happened: repeats are suppressed from now on. It did not: the next claim runs it. */
export async function resolveEffect(
  database: Database,
  workspace: string,
  effectKey: string,
  happened: boolean,
): Promise<ResolveOutcome> {
  const resolved = await database.query(Prisma.sql`
    UPDATE "Effect" SET "outcome" = ${happened ? 'succeeded' : 'failed'}::"EffectOutcome", "expiresAt" = NULL,
      "executions" = "executions" + ${happened ? 1 : 0}, "lastAt" = clock_timestamp()
    WHERE "workspace" = ${workspace} AND "effectKey" = ${effectKey}
      AND ("outcome" = 'unknown' OR ("outcome" = 'pending' AND "expiresAt" <= clock_timestamp()))
    RETURNING "claim"`);
  if (resolved.length > 0) return { outcome: 'resolved' };
  const [row] = await effectPage(database, { kind: 'one', workspace, effectKey }, 1);
  return row === undefined ? { outcome: 'not_found' } : { outcome: 'not_unknown', is: row.outcome };
}
