import { hash } from 'node:crypto';
import {
  counterfactualOf,
  type DecisionRecord,
  ENGINE_VERSION,
  KINDS,
  verifyDecisions as takeAgain,
  type Verification,
} from '@fairlead/core';
import { type Handled, handle, ProblemError } from '@fairlead/http';
import type { StoredDecision, SubjectPlace } from '@fairlead/ledger';
import {
  explainDecision,
  getDecision,
  listDecisions,
  listSubjects,
  verifyDecisions,
  verifySubjects,
} from '../api/decisions.ts';
import type { ControllerApiParts } from '../api-parts.ts';
import { brokenDecision, noDecision } from './absent.ts';
import { presentDecision } from './present.ts';
import type { DecisionReader } from './read-decisions.ts';

const NO_RECORD = 'What is stored under this id is no record any more.';

/** What was decided, why, and whether it still holds. */
export function decisionRoutes(
  { ledger: { decisions } }: Pick<ControllerApiParts, 'ledger'>,
  reader: DecisionReader,
): Handled[] {
  async function find(id: string): Promise<StoredDecision & { readonly record: DecisionRecord }> {
    const stored = await decisions.get(id);
    if (stored === undefined) throw noDecision();
    const { record } = stored;
    if (record === undefined) throw brokenDecision(NO_RECORD);
    return { ...stored, record };
  }

  return [
    handle(listDecisions).by(async ({ query }) => {
      const { kind, subject, reason, changes, since, until, cursor, after, limit } = query;
      const selection = {
        kind,
        subjectId: subject,
        reasonCode: reason,
        isChange: changes === 'true',
        sinceMs: since === undefined ? undefined : Date.parse(since),
        untilMs: until === undefined ? undefined : Date.parse(until),
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
      };
      const found =
        after === undefined
          ? await decisions.page({ ...selection, before: cursor })
          : await decisions.tail({ ...selection, after });
      const page = found.slice(0, limit);
      const hasMore = found.length > limit && after === undefined;
      return {
        status: 200,
        body: {
          ...(await reader.present(page)),
          nextCursor: hasMore ? String(page.at(-1)?.position) : null,
        },
      };
    }),
    handle(getDecision).by(async ({ params: { id } }) => {
      const { record, ...stored } = await find(id);
      const decision = presentDecision(record, stored, await reader.policy(record.policyHash));
      if (decision === undefined) throw brokenDecision(NO_RECORD);
      return { status: 200, body: { decision, record: record as never } };
    }),
    handle(explainDecision).by(async ({ params: { id } }) => {
      const { record, ...stored } = await find(id);
      const policy = await reader.policy(record.policyHash);
      const policies = new Map(policy === undefined ? [] : [[record.policyHash, policy]]);
      const { differences } = takeAgain([record], policies, (bytes) => hash('sha256', bytes, 'hex'));
      const [difference] = differences;
      if (difference !== undefined || policy === undefined) {
        throw brokenDecision(`The decision does not hold: ${difference?.words ?? 'its policy is gone.'}`);
      }
      const decision = presentDecision(record, stored, policy);
      if (decision === undefined) throw brokenDecision(NO_RECORD);
      const isOurs = record.engineVersion === ENGINE_VERSION;
      return {
        status: 200,
        body: {
          words: decision.words,
          counterfactual: isOurs ? counterfactualOf(record, policy) : null,
          evidence: [...stored.evidence],
          decision,
          record: record as never,
        },
      };
    }),
    handle(verifyDecisions).by(async ({ body: { kind, subject } }) => {
      const found = await decisions.verify(kind, subject);
      if (found.subjects === 0 && found.differences.length === 0) {
        throw new ProblemError('DECISION_NOT_FOUND', 'Nothing was decided about this subject.', {
          fix: 'fairlead decisions list shows what was decided about.',
        });
      }
      return { status: 200, body: presentFound(found) };
    }),
    handle(verifySubjects).by(async ({ body: { cursor } }) => {
      const { next, ...found } = await decisions.verifyNext(
        cursor === undefined ? undefined : toPlace(cursor),
      );
      return { status: 200, body: { ...presentFound(found), nextCursor: next ? toCursor(next) : null } };
    }),
    handle(listSubjects).by(async ({ query: { cursor, limit } }) => {
      const after = cursor === undefined ? undefined : toPlace(cursor);
      const found = await decisions.subjects({ after, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const nextCursor = found.length > limit && last ? toCursor(last) : null;
      return { status: 200, body: { subjects: page, nextCursor } };
    }),
  ];
}

function presentFound({ recomputed, otherVersion, subjects, differences }: Verification) {
  const ok = differences.length === 0;
  return { ok, recomputed, otherVersion, subjects, differences: [...differences] };
}

function toCursor({ kind, subject: { type, id } }: SubjectPlace): string {
  return `${kind}:${type}:${id}`;
}

function toPlace(cursor: string): SubjectPlace {
  const [, kind, type, id] = /^([a-z]+):(cluster|workspace|rollout):(.+)$/.exec(cursor) ?? [];
  const known = KINDS.find((one) => one === kind);
  if (known === undefined || id === undefined) {
    throw new ProblemError('INVALID_REQUEST', 'cursor: is not a cursor of an earlier page', {
      errors: [{ path: 'cursor', message: 'is not a cursor of an earlier page' }],
    });
  }
  return { kind: known, subject: { type: type as SubjectPlace['subject']['type'], id } };
}
