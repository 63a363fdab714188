/** Decisions with what it takes to explain them. */
import type { DecisionRecordOf, Policy } from '@fairlead/core';
import type { Decisions, StoredDecision } from '@fairlead/ledger';
import type { DecisionAnswer } from '../api/decision-fields.ts';
import { presentDecision } from './present.ts';

export interface DecisionReader {
  /** In the order given; `damaged`: how many of them are no records any more. */
  present(stored: readonly StoredDecision[]): Promise<{ decisions: DecisionAnswer[]; damaged: number }>;
  /** The last one about a subject, by its id. */
  last(kind: 'autoscale' | 'rollout', subjectId: string): Promise<StoredDecision | undefined>;
  /** The number of the last step of capacity that a tick took; 0: none yet. */
  stepTaken(): Promise<number>;
  /** Policies never change under their hash, and there are few. */
  policy(hash: string): Promise<Policy | undefined>;
}

export function createDecisionReader(decisions: Pick<Decisions, 'page' | 'policy'>): DecisionReader {
  const policies = new Map<string, Policy>();

  async function policy(hash: string): Promise<Policy | undefined> {
    const known = policies.get(hash) ?? (await decisions.policy(hash));
    if (known !== undefined) policies.set(hash, known);
    return known;
  }

  async function last(kind: 'autoscale' | 'rollout', subjectId: string): Promise<StoredDecision | undefined> {
    const [found] = await decisions.page({ kind, subjectId, limit: 1 });
    return found;
  }

  return {
    policy,
    last,
    async stepTaken() {
      return stepTakenBy(await last('autoscale', 'cluster'));
    },
    async present(stored) {
      const presented: DecisionAnswer[] = [];
      let damaged = 0;
      for (const one of stored) {
        const shown = one.record && presentDecision(one.record, one, await policy(one.record.policyHash));
        if (shown === undefined) damaged += 1;
        else presented.push(shown);
      }
      return { decisions: presented, damaged };
    },
  };
}

/** The number of the last step of capacity that had been taken with a decision on it. */
export function stepTakenBy(stored: StoredDecision | undefined): number {
  return (stored?.record as DecisionRecordOf<'autoscale'> | undefined)?.stateAfter.stepNumber ?? 0;
}
