import { decide } from './engine.ts';
import type { Policy } from './policy.ts';
import type { DecisionRecord } from './record.ts';

/** One decision under two policies. */
export interface PolicyDifference {
  readonly id: string;
  readonly evaluatedAt: number;
  readonly recorded: { readonly reasonCode: string; readonly to: number };
  readonly other: { readonly reasonCode: string; readonly to: number };
}

/**
 * What another policy would have decided, decision by decision, from the signals and state that were recorded: those in
 * which it differs.
 *
 * **Open loop**: each decision is compared by itself. That the other policy's first different answer would have led to
 * another state, other load and other signals is not followed; for that, run a scenario under both policies.
 */
export function comparePolicy(records: readonly DecisionRecord[], other: Policy): PolicyDifference[] {
  return records.flatMap((record) => {
    const { decision } = decide(record.kind, other, record.stateBefore, record.signals, record.evaluatedAt);
    if (decision.reasonCode === record.reasonCode && decision.to === record.to) return [];
    const { id, evaluatedAt } = record;
    return {
      id,
      evaluatedAt,
      recorded: { reasonCode: record.reasonCode, to: record.to },
      other: { reasonCode: decision.reasonCode, to: decision.to },
    };
  });
}
