import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { storedError, storedResult } from '../jobs/stored-result.ts';

/** An effect and the claim under which the caller holds it. */
export interface HeldEffect {
  readonly workspace: string;
  readonly effectKey: string;
  readonly claim: number;
}

export type RecordOutcome = { outcome: 'recorded' | 'late' };

/** The holder of the last claim records, also after it expired; whoever lost the claim does not. */
export async function recordEffect(
  statements: Statements,
  held: HeldEffect,
  resultJson: string | undefined,
): Promise<RecordOutcome> {
  const result = resultJson === undefined ? null : storedResult(resultJson);
  return settle(
    statements,
    held,
    Prisma.sql`"outcome" = 'succeeded', "result" = ${result}::jsonb, "error" = NULL,
      "executions" = "executions" + 1`,
  );
}

export function failEffect(statements: Statements, held: HeldEffect, error: string): Promise<RecordOutcome> {
  return settle(statements, held, Prisma.sql`"outcome" = 'failed', "error" = ${storedError(error)}`);
}

async function settle(statements: Statements, held: HeldEffect, change: Prisma.Sql): Promise<RecordOutcome> {
  const rows = await statements.query(Prisma.sql`
    UPDATE "Effect" SET ${change}, "expiresAt" = NULL, "lastAt" = clock_timestamp()
    WHERE "workspace" = ${held.workspace} AND "effectKey" = ${held.effectKey} AND "claim" = ${held.claim}::int4
      AND "outcome" IN ('pending', 'unknown') RETURNING "claim"`);
  return { outcome: rows.length > 0 ? 'recorded' : 'late' };
}
