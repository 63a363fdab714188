import { hash } from 'node:crypto';
import {
  type DecisionRecord,
  type Difference,
  decisionId,
  type Hash,
  type Kind,
  type Policy,
  parseRecord,
  type Subject,
  type Verification,
  verifyDecisions,
} from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import type { SubjectEnd } from './subjects.ts';

/** Records in memory, and taken again without a pause: some 20 ms. Who asks may be talking to the leader. */
export const PAGE = 250;

export interface Row {
  readonly seq: number;
  readonly text: string;
  /** What the row is found by, in the record's own terms. */
  readonly columns: Pick<DecisionRecord, 'seq' | 'epoch' | 'evaluatedAt' | 'action' | 'reasonCode'>;
}

type End = Pick<SubjectEnd, 'seq' | 'hash'>;

/** A row of a decision, as it is verified. */
export const COLUMNS = Prisma.sql`d."seq", d."record"::text AS "text", jsonb_build_object('seq', d."seq", 'epoch', d."epoch",
  'action', d."action", 'reasonCode', d."reasonCode",
  'evaluatedAt', round(extract(epoch FROM d."evaluatedAt") * 1000)) AS "columns"`;

export const sha256: Hash = (bytes) => hash('sha256', bytes, 'hex');

/**
 * Reads the chain of one subject and verifies it: each record by itself and with its neighbours, as `verifyDecisions`
 * does, and beyond that what only the database can tell: that the columns say what the record says, and that the chain
 * ends where the subject's state says it does.
 */
export async function verifyChain(
  statements: Statements,
  kind: Kind,
  subject: Subject,
  pageSize = PAGE,
): Promise<Verification> {
  // The end first: what is written in the meantime lies behind it, and is not looked at.
  const end = await readEnd(statements, kind, subject);
  const policies = new Map<string, Policy>();
  const differences: Difference[] = [];
  const sum = { recomputed: 0, otherVersion: 0, subjects: 0 };
  let last: DecisionRecord | undefined;
  for (let after = 0; ; ) {
    const rows = await readRows(statements, kind, subject, after, end?.seq, pageSize);
    const page = parseRows(rows, kind, subject);
    differences.push(...page.differences);
    await addPolicies(statements, page.records, policies);
    const verified = verifyAfter(last, page.records, policies);
    differences.push(...verified.differences);
    sum.recomputed += verified.recomputed;
    sum.otherVersion += verified.otherVersion;
    sum.subjects = Math.max(sum.subjects, verified.subjects);
    last = page.records.at(-1) ?? last;
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < pageSize) break;
  }
  if (end) differences.push(...findEnd(end, last));
  return { ...sum, differences };
}

/** What is wrong with the end of a chain whose last record this is. */
export function findEnd(end: End, last: DecisionRecord | undefined): Difference[] {
  if (last?.seq === end.seq && last.hash === end.hash) return [];
  const words = `The chain does not end with the record ${end.seq} that the subject's state was left by.`;
  return [{ id: last?.id ?? '?', code: 'gap', words }];
}

/** Verifies a page as what follows `last`, which was verified with the page before and is not counted again. */
function verifyAfter(
  last: DecisionRecord | undefined,
  records: readonly DecisionRecord[],
  policies: ReadonlyMap<string, Policy>,
): Verification {
  const verified = verifyDecisions(last ? [last, ...records] : records, policies, sha256);
  if (last === undefined) return verified;
  const again = verifyDecisions([last], policies, sha256);
  return {
    recomputed: verified.recomputed - again.recomputed,
    otherVersion: verified.otherVersion - again.otherVersion,
    subjects: verified.subjects,
    differences: verified.differences.filter(({ id }) => id !== last.id),
  };
}

/** The records of rows, and what of the rows is not what their records say. */
export function parseRows(
  rows: readonly Row[],
  kind: Kind,
  subject: Subject,
): { readonly records: DecisionRecord[]; readonly differences: Difference[] } {
  const records: DecisionRecord[] = [];
  const differences: Difference[] = [];
  for (const row of rows) {
    const id = decisionId(kind, subject, row.seq);
    const parsed = parseRecord(row.text);
    if (parsed.outcome === 'malformed') {
      differences.push({ id, code: 'malformed', words: `What is stored is no record: ${parsed.why}.` });
      continue;
    }
    const { record } = parsed;
    records.push(record);
    const wrong = Object.entries(row.columns).filter(
      ([name, value]) => record[name as keyof DecisionRecord] !== value,
    );
    const isForeign = record.id !== id || record.kind !== kind || record.subject.type !== subject.type;
    if (wrong.length > 0 || isForeign) {
      const names = wrong.map(([name]) => name).join(', ') || 'subject';
      differences.push({ id, code: 'changed', words: `The row's ${names} is not what its record says.` });
    }
  }
  return { records, differences };
}

async function readEnd(statements: Statements, kind: Kind, subject: Subject): Promise<End | undefined> {
  const [end] = await statements.query<End>(Prisma.sql`SELECT "seq", "hash" FROM "ControlState"
    WHERE "kind" = ${kind}::"DecisionKind" AND "subjectType" = ${subject.type}::"DecisionSubject"
      AND "subjectId" = ${subject.id}`);
  return end;
}

/** Beyond the end nothing belongs to the chain, when there is one; without a state every row is one too many to miss. */
function readRows(
  statements: Statements,
  kind: Kind,
  subject: Subject,
  after: number,
  last: number | undefined,
  limit: number,
): Promise<Row[]> {
  return statements.query<Row>(Prisma.sql`
    SELECT ${COLUMNS} FROM "Decision" d WHERE d."subjectId" = ${subject.id} AND d."kind" = ${kind}::"DecisionKind"
      AND d."subjectType" = ${subject.type}::"DecisionSubject" AND d."seq" > ${after}::int4
      AND d."seq" <= ${last ?? 2 ** 31 - 1}::int4
    ORDER BY d."seq" LIMIT ${String(limit)}::int4`);
}

/** Reads those that the records name and that are not known yet. */
export async function addPolicies(
  statements: Statements,
  records: readonly DecisionRecord[],
  known: Map<string, Policy>,
): Promise<void> {
  const names = [...new Set(records.map(({ policyHash }) => policyHash))].filter((name) => !known.has(name));
  if (names.length === 0) return;
  const rows = await statements.query<{ hash: string; policy: string }>(
    Prisma.sql`SELECT "hash", "policy"::text AS "policy" FROM "Policy" WHERE "hash" = ANY(${names}::text[])`,
  );
  for (const row of rows) known.set(row.hash, JSON.parse(row.policy) as Policy);
}
