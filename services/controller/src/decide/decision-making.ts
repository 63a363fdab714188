/** One tick's decisions: what they have in common, and what they come to. */
import {
  advanceSubject,
  type DecisionOf,
  type DecisionRecord,
  type Hash,
  type Kind,
  type Policy,
  type Pressure,
  type SignalsOf,
  type Subject,
  type SubjectMemory,
} from '@fairlead/core';

/** What every decision of a tick is taken with. */
export interface TickContext {
  /** ms, by the clock of Postgres. */
  readonly nowMs: number;
  readonly epoch: number;
  readonly correlationId: string;
  readonly policy: NamedPolicy;
  /** For who is not in the cohort of the rollout of promotions: the same, without them. */
  readonly withoutPromotion: NamedPolicy;
  readonly hash: Hash;
}

export interface NamedPolicy {
  readonly policy: Policy;
  readonly hash: string;
}

export interface DecisionMaking {
  readonly records: DecisionRecord[];
  /** Repeated holds, by kind. */
  readonly repeats: Record<Kind, number>;
  decide<K extends Kind>(
    kind: K,
    subject: Subject,
    memory: SubjectMemory<K>,
    signals: SignalsOf<K>,
    named?: NamedPolicy,
  ): { readonly memory: SubjectMemory<K>; readonly decision: DecisionOf<K> };
}

/** What a tick asks of the cluster besides the states: pressure has no place in them. */
export interface Pressures {
  cluster: Pressure | null;
  readonly workspaces: Map<string, Pressure>;
}

export function startDeciding(context: TickContext): DecisionMaking {
  const { nowMs, epoch, correlationId, policy, hash } = context;
  const records: DecisionRecord[] = [];
  const repeats = { autoscale: 0, promotion: 0, backpressure: 0, rollout: 0 };
  return {
    records,
    repeats,
    decide(kind, subject, memory, signals, named = policy) {
      const about = { subject, epoch, policyHash: named.hash, correlationId };
      const advanced = advanceSubject(kind, memory, named.policy, signals, nowMs, about, hash);
      if (advanced.record) records.push(advanced.record as unknown as DecisionRecord);
      else repeats[kind] += 1;
      return advanced;
    },
  };
}
