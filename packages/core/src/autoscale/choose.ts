import { type ActuationSeen, NOTHING } from '../decision/decision.ts';
import { ONE_IN_BP } from '../decision/rate.ts';
import { underCap } from './demand.ts';
import type { GuardrailSeen } from './guardrail.ts';
import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleLimit, AutoscaleReason } from './reasons.ts';
import type { AutoscaleSignals, Pin, Step } from './signals.ts';
import type { AutoscaleState } from './state.ts';

/** Everything a choice of capacity looks at, read once. */
export interface Situation {
  readonly policy: AutoscalePolicy;
  readonly state: AutoscaleState;
  readonly signals: AutoscaleSignals;
  readonly now: number;
  readonly seen: GuardrailSeen;
  /** The pin, when it is in force; the step, when it is still to be taken. */
  readonly pin: Pin | null;
  readonly step: Step | null;
  /** Under the cap; null when demand is not known. */
  readonly target: number | null;
  readonly targetCapped: boolean;
  /** Since when the target has been below capacity, this tick included. */
  readonly belowSinceMs: number | null;
  readonly actuation: ActuationSeen;
}

export interface Choice {
  readonly reasonCode: AutoscaleReason;
  readonly desired: number;
  readonly to: number;
  readonly limiting: readonly string[];
}

/**
 * The order of decision. The first line that has something to say decides:
 *
 *     duplicate-send stop > pin > operator step > guardrail > missing signal > quota-bound > demand step-down >
 *     target reached > ramp window > actuation pending > ramp step
 */
export function choose(at: Situation): Choice {
  const override = onPin(at) ?? onStep(at);
  if (at.seen.guardrail.duplicates === 'breach') {
    // The stop outranks the operator upwards only: who orders less than the stop leaves gets less.
    const stop = onBreach(at);
    return override && override.to < stop.to ? override : stop;
  }
  return (
    override ??
    (at.seen.reading === 'breach' ? onBreach(at) : null) ??
    onCooldown(at) ??
    onMissing(at) ??
    onQuotaBound(at) ??
    onSurplus(at) ??
    onRamp(at)
  );
}

function onPin({ policy, state, pin }: Situation): Choice | null {
  if (pin) {
    const to = Math.max(1, underCap(policy, pin.capacity));
    return decided('operator_override', pin.capacity, to, to === pin.capacity ? [] : ['override_clamped']);
  }
  if (state.beforePin === null) return null;
  // The exception is over: back to where it was before, if that is less, and to at least the floor. The rest of the way
  // up goes by the ordinary rules; a pin of 9,999,999 leaves nothing behind that demand would have to walk down.
  const to = underCap(policy, Math.max(policy.floor, Math.min(state.capacity, state.beforePin)));
  return decided('override_expired', state.capacity, to, to > state.capacity ? ['at_floor'] : []);
}

function onStep({ policy, state, step }: Situation): Choice | null {
  if (!step) return null;
  const desired = state.capacity + step.by;
  const to = underCap(policy, Math.max(policy.floor, desired));
  return decided('operator_step', desired, to, to === desired ? [] : ['override_clamped']);
}

/** Half, never below the floor, never up, once a cooldown. */
function onBreach({ policy, state, now }: Situation): Choice {
  const from = state.capacity;
  const desired = Math.floor((from * policy.stepDownToBp) / ONE_IN_BP);
  const floor = Math.min(from, policy.floor);
  if (isWithin(state.stepDownAtMs, policy.cooldownMs, now))
    return decided('guardrail_hold', desired, from, []);
  if (from === floor) return decided('guardrail_hold', desired, from, ['at_floor']);
  const to = Math.max(floor, desired);
  return decided('guardrail_step_down', desired, to, to === desired ? [] : ['at_floor']);
}

/** Healthy again, but too soon after a step down for any change, in either direction. */
function onCooldown({ policy, state, now }: Situation): Choice | null {
  if (!isWithin(state.stepDownAtMs, policy.cooldownMs, now)) return null;
  return decided('hold_cooldown', state.capacity, state.capacity, []);
}

function onMissing({ state, signals, seen, target, actuation }: Situation): Choice | null {
  const known =
    seen.reading === 'ok' &&
    target !== null &&
    signals.backlog !== null &&
    signals.runnable !== null &&
    signals.inFlight !== null &&
    actuation.outcome !== 'unknown';
  return known ? null : decided('hold_signal_missing', state.capacity, state.capacity, []);
}

/** Work waits, and none of it could start whatever the capacity: its owners are at their quotas. */
function onQuotaBound({ policy, state, signals }: Situation): Choice | null {
  const bound = signals.runnable === 0 && (signals.backlog as number) >= policy.quotaBoundBacklog;
  return bound ? decided('hold_quota_bound', state.capacity, state.capacity, []) : null;
}

/** More capacity than demand asks for: wait until that has lasted, then a step a ramp window. */
function onSurplus({ policy, state, now, target, belowSinceMs }: Situation): Choice | null {
  const from = state.capacity;
  if (belowSinceMs === null || belowSinceMs === now) return null;
  if (now - belowSinceMs < policy.demandStableMs)
    return decided('hold_stabilizing', target as number, from, []);
  if (isWithin(state.changedAtMs, policy.rampWindowMs, now)) {
    return decided('hold_ramp_window', target as number, from, []);
  }
  // Never further than a guardrail step would go: a healthy cluster must not fall deeper than a sick one.
  const half = Math.ceil((from * policy.stepDownToBp) / ONE_IN_BP);
  const desired = Math.max(target as number, from - policy.demandStep, half);
  const to = Math.max(Math.min(from, policy.floor), desired);
  return decided('demand_step_down', desired, to, to === policy.floor ? ['at_floor'] : []);
}

function onRamp({ policy, state, now, target, targetCapped, actuation }: Situation): Choice {
  const from = state.capacity;
  const wanted = target as number;
  const atCap: AutoscaleLimit[] = targetCapped ? ['at_cap'] : [];
  if (from >= wanted) return decided('hold_target_reached', wanted, from, atCap);
  if (isWithin(state.changedAtMs, policy.rampWindowMs, now))
    return decided('hold_ramp_window', wanted, from, []);
  if (actuation.outcome === 'pending') return decided('hold_actuation_pending', wanted, from, []);
  const to = Math.min(wanted, from + policy.rampStep);
  return decided('ramp_step', wanted, to, to < wanted ? ['scale_up_limit'] : atCap);
}

/** A clock that went backwards has not let a window pass. */
function isWithin(sinceMs: number | null, lengthMs: number, now: number): boolean {
  return sinceMs !== null && now - sinceMs < lengthMs;
}

function decided(
  reasonCode: AutoscaleReason,
  desired: number,
  to: number,
  limiting: readonly AutoscaleLimit[],
): Choice {
  return { reasonCode, desired, to, limiting: limiting.length === 0 ? NOTHING : limiting };
}
