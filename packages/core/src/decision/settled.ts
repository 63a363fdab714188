import type { BackpressureState } from '../backpressure/state.ts';
import type { PromotionSignals } from '../promotion/signals.ts';
import { openWindow, type PromotionState } from '../promotion/state.ts';
import type { Kind } from './decision.ts';
import type { SignalsOf, StateOf } from './engine.ts';
import type { Policy } from './policy.ts';

/**
 * Until when a hold stays the same to the byte, if nothing but time changes: the next instant at which the decider
 * compares `now` with something. At `now` itself: it may be another one a moment later.
 *
 * Most of 50,000 workspaces are given the same signals tick after tick, the very same object. What such a one is told can
 * be kept until then instead of being found out again.
 */
export function unchangedUntil<K extends Kind>(
  kind: K,
  policy: Policy,
  state: StateOf<K>,
  signals: SignalsOf<K>,
  now: number,
): number {
  if (kind === 'promotion')
    return promotionUntil(policy, state as PromotionState, signals as PromotionSignals, now);
  // A level tells for how many ticks it has been there.
  if (kind === 'backpressure')
    return (state as BackpressureState).sinceMs === null ? Number.POSITIVE_INFINITY : now;
  return now;
}

function promotionUntil(
  policy: Policy,
  state: PromotionState,
  { freeze }: PromotionSignals,
  now: number,
): number {
  const times = [freeze?.expiresAtMs, state.requalifyAtMs, openWindow(policy.promotion, state)?.endMs];
  let next = Number.POSITIVE_INFINITY;
  for (const time of times) if (time !== null && time !== undefined && time > now && time < next) next = time;
  return next;
}
