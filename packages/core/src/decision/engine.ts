import { type AutoscaleDecision, decideAutoscale } from '../autoscale/decide.ts';
import type { AutoscaleSignals } from '../autoscale/signals.ts';
import type { AutoscaleState } from '../autoscale/state.ts';
import { type BackpressureDecision, decideBackpressure } from '../backpressure/decide.ts';
import type { BackpressureSignals } from '../backpressure/signals.ts';
import type { BackpressureState } from '../backpressure/state.ts';
import { decidePromotion, type PromotionDecision } from '../promotion/decide.ts';
import type { PromotionSignals } from '../promotion/signals.ts';
import type { PromotionState } from '../promotion/state.ts';
import { decideRollout, type RolloutDecision } from '../rollout/decide.ts';
import type { RolloutSignals } from '../rollout/signals.ts';
import type { RolloutState } from '../rollout/state.ts';
import type { Decided, Kind } from './decision.ts';
import type { Policy } from './policy.ts';

/** What each kind starts from, looks at and answers. */
export interface Kinds {
  autoscale: { state: AutoscaleState; signals: AutoscaleSignals; decision: AutoscaleDecision };
  promotion: { state: PromotionState; signals: PromotionSignals; decision: PromotionDecision };
  backpressure: { state: BackpressureState; signals: BackpressureSignals; decision: BackpressureDecision };
  rollout: { state: RolloutState; signals: RolloutSignals; decision: RolloutDecision };
}

export type StateOf<K extends Kind> = Kinds[K]['state'];
export type SignalsOf<K extends Kind> = Kinds[K]['signals'];
export type DecisionOf<K extends Kind> = Kinds[K]['decision'];

/**
 * The version of what the deciders answer. It rises with every change by which one input could give another answer, so
 * that an old decision is never "refuted" by a new engine.
 */
export const ENGINE_VERSION = 1;

type Decider<K extends Kind> = (
  policy: Policy,
  state: StateOf<K>,
  signals: SignalsOf<K>,
  now: number,
) => Decided<StateOf<K>, DecisionOf<K>>;

const DECIDERS: { readonly [K in Kind]: Decider<K> } = {
  autoscale: (policy, state, signals, now) => decideAutoscale(policy.autoscale, state, signals, now),
  promotion: (policy, state, signals, now) => decidePromotion(policy.promotion, state, signals, now),
  backpressure: (policy, state, signals, now) => decideBackpressure(policy.backpressure, state, signals, now),
  rollout: (policy, state, signals, now) => decideRollout(policy.rollout, state, signals, now),
};

/**
 * Decides one subject of any kind. Pure: the same four values give the same bytes, on any machine.
 *
 * @param now ms since the epoch, whole
 */
export function decide<K extends Kind>(
  kind: K,
  policy: Policy,
  state: StateOf<K>,
  signals: SignalsOf<K>,
  now: number,
): Decided<StateOf<K>, DecisionOf<K>> {
  return DECIDERS[kind](policy, state, signals, now);
}
