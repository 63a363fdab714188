import { hash } from 'node:crypto';
import {
  type DecisionRecord,
  type Difference,
  decisionId,
  type Kind,
  type Policy,
  parseRecord,
  type Subject,
  type Verification,
  verifyDecisions,
} from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';

const PAGE = 1_000;

interface Row {
  readonly seq: number;
  readonly text: string;
  /** What the row is found by, in the record's own terms. */
  readonly columns: Pick<DecisionRecord, 'seq' | 'epoch' | 'evaluatedAt' | 'action' | 'reasonCode'>;
}

interface End {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Reads the chain of one subject and verifies it: each record by itself and with its neighbours, as `verifyDecisions`
 * does, and beyond that what only the database can tell: that the columns say what the record says, and that the chain
 * ends where the subject's state says it does.
 */
export async function verifyChain(
  statements: Statements,
  kind: Kind,
  subject: Subject,
): Promise<Verification> {
  // The end first: what is written in the meantime lies behind it, and is not looked at.
  const end = await readEnd(statements, kind, subject);
  const differences: Difference[] = [];
  const records: DecisionRecord[] = [];
  for (let after = 0; ; ) {
    const rows = await readRows(statements, kind, subject, after, end?.seq);
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
      if (
        wrong.length > 0 ||
        record.id !== id ||
        record.kind !== kind ||
        record.subject.type !== subject.type
      ) {
        const names = wrong.map(([name]) => name).join(', ') || 'subject';
        differences.push({ id, code: 'changed', words: `The row's ${names} is not what its record says.` });
      }
    }
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < PAGE) break;
  }
  const last = records.at(-1);
  if (end && (last?.seq !== end.seq || last.hash !== end.hash)) {
    differences.push({
      id: last?.id ?? '?',
      code: 'gap',
      words: `The chain does not end with the record ${end.seq} that the subject's state was left by.`,
    });
  }
  const policies = await readPolicies(statements, records);
  const verified = verifyDecisions(records, policies, (bytes) => hash('sha256', bytes, 'hex'));
  return { ...verified, differences: [...verified.differences, ...differences] };
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
): Promise<Row[]> {
  return statements.query<Row>(Prisma.sql`
    SELECT "seq", "record"::text AS "text", jsonb_build_object('seq', "seq", 'epoch', "epoch", 'action', "action",
      'reasonCode', "reasonCode", 'evaluatedAt', round(extract(epoch FROM "evaluatedAt") * 1000)) AS "columns"
    FROM "Decision" WHERE "subjectId" = ${subject.id} AND "kind" = ${kind}::"DecisionKind"
      AND "subjectType" = ${subject.type}::"DecisionSubject" AND "seq" > ${after}::int4
      AND "seq" <= ${last ?? 2 ** 31 - 1}::int4
    ORDER BY "seq" LIMIT ${PAGE}`);
}

async function readPolicies(
  statements: Statements,
  records: readonly DecisionRecord[],
): Promise<ReadonlyMap<string, Policy>> {
  const names = [...new Set(records.map(({ policyHash }) => policyHash))];
  const rows = await statements.query<{ hash: string; policy: string }>(
    Prisma.sql`SELECT "hash", "policy"::text AS "policy" FROM "Policy" WHERE "hash" = ANY(${names}::text[])`,
  );
  return new Map(rows.map((row) => [row.hash, JSON.parse(row.policy) as Policy]));
}
