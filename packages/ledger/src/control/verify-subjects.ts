import { type DecisionRecord, type Policy, type Verification, verifyDecisions } from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import type { SubjectEnd } from './subjects.ts';
import {
  addPolicies,
  COLUMNS,
  findEnd,
  PAGE,
  parseRows,
  type Row,
  sha256,
  verifyChain,
} from './verify-chain.ts';

export interface VerifiedSubjects extends Verification {
  /** How many of the subjects that were given. */
  readonly taken: number;
}

/**
 * Verifies the chains of the first of these subjects as `verifyChain` verifies one: of as many as have no more records than
 * a page, or of the first alone. Nearly all chains are short, and asked for one by one they cost more in statements than
 * in decisions that are taken again.
 */
export async function verifySubjects(
  statements: Statements,
  ends: readonly SubjectEnd[],
  pageSize = PAGE,
): Promise<VerifiedSubjects> {
  const taken = countThatFit(ends, pageSize);
  const [first] = ends;
  if (first !== undefined && taken === 0) {
    return { ...(await verifyChain(statements, first.kind, first.subject, pageSize)), taken: 1 };
  }
  const these = ends.slice(0, taken);
  const rowsOf = Map.groupBy(await readRows(statements, these), ({ subject }) => subject);
  const records: DecisionRecord[] = [];
  const differences = these.flatMap((end, index) => {
    const parsed = parseRows(rowsOf.get(index) ?? [], end.kind, end.subject);
    records.push(...parsed.records);
    return [...parsed.differences, ...findEnd(end, parsed.records.at(-1))];
  });
  const policies = new Map<string, Policy>();
  await addPolicies(statements, records, policies);
  const verified = verifyDecisions(records, policies, sha256);
  return { ...verified, differences: [...differences, ...verified.differences], taken };
}

/** A chain has no more records than its last one's number. */
function countThatFit(ends: readonly SubjectEnd[], pageSize: number): number {
  let room = pageSize;
  const tooMany = ends.findIndex(({ seq }) => {
    room -= seq;
    return room < 0;
  });
  return tooMany < 0 ? ends.length : tooMany;
}

/** In the order of each chain; `subject`: whose it is of those given. */
function readRows(
  statements: Statements,
  ends: readonly SubjectEnd[],
): Promise<(Row & { readonly subject: number })[]> {
  return statements.query(Prisma.sql`
    SELECT (e.at - 1)::int4 AS "subject", ${COLUMNS}
    FROM unnest(
      ${ends.map(({ kind }) => kind)}::text[]::"DecisionKind"[],
      ${ends.map(({ subject }) => subject.type)}::text[]::"DecisionSubject"[],
      ${ends.map(({ subject }) => subject.id)}::text[],
      ${ends.map(({ seq }) => seq)}::int4[]
    ) WITH ORDINALITY AS e(kind, type, id, seq, at)
    JOIN "Decision" d ON d."subjectId" = e.id AND d."kind" = e.kind AND d."subjectType" = e.type AND d."seq" <= e.seq
    ORDER BY e.at, d."seq"`);
}
