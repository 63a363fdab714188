/** What the ledger has, in the shape of the API. */
import type { DecisionRecord, Policy } from '@fairlead/core';
import { explainDecision } from '@fairlead/core';
import type { OverrideRecord, StoredDecision } from '@fairlead/ledger';
import { type DecisionAnswer, decision } from '../api/decision-fields.ts';
import type { OrderAnswer } from '../api/fields.ts';

/** Drills are told apart. A step is over when it was taken: `stepTaken` is the number of the last one that was. */
export function presentOrder(order: OverrideRecord, stepTaken = 0): OrderAnswer {
  const { kind, subject, value, actor, reason, orderedAt, expiresAt, releasedAt, isInForce } = order;
  return {
    kind: kind as OrderAnswer['kind'],
    subject,
    value,
    actor,
    reason,
    orderedAt: orderedAt.toISOString(),
    expiresAt: orTime(expiresAt),
    releasedAt: orTime(releasedAt),
    isInForce: isInForce && (kind !== 'step' || order.number > stepTaken),
  };
}

type Place = Pick<StoredDecision, 'position' | 'stoodTicks'>;

/** Undefined: what is stored has the outline of a record, and not what belongs into one. Somebody changed it. */
export function presentDecision(
  record: DecisionRecord,
  place: Place,
  policy: Policy | undefined,
): DecisionAnswer | undefined {
  try {
    return decision.safeParse(inShape(record, place, policy)).data;
  } catch {
    return undefined;
  }
}

function inShape(
  record: DecisionRecord,
  { position, stoodTicks }: Place,
  policy: Policy | undefined,
): DecisionAnswer {
  const { id, kind, subject, seq, epoch, action, from, to, target, desired, reasonCode } = record;
  const { limiting, guardrail, operatorOverride, synthetic, correlationId, previousId } = record;
  return {
    ...{ id, position, kind, subject, seq, epoch, action, from, to, target, desired, reasonCode },
    at: new Date(record.evaluatedAt).toISOString(),
    limiting: [...limiting],
    guardrail,
    operatorOverride: operatorOverride && {
      ...operatorOverride,
      expiresAt: orTime(operatorOverride.expiresAt === null ? null : new Date(operatorOverride.expiresAt)),
    },
    synthetic,
    correlationId,
    previousId,
    stoodTicks,
    words: wordsFor(record, policy),
  };
}

/** A record may have been changed by hand in a way that no sentence is made for. */
function wordsFor(record: DecisionRecord, policy: Policy | undefined): string {
  try {
    if (policy !== undefined) return explainDecision(record, policy);
  } catch {
    // As below.
  }
  return `${record.reasonCode}: it cannot be put into words; fairlead decisions verify says whether it holds.`;
}

export function orTime(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
