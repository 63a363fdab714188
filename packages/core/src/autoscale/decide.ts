import type { ContentionMeasure } from '../contention/contention.ts';
import {
  type ActuationSeen,
  actionOf,
  type Decided,
  type Decision,
  type OperatorOverride,
} from '../decision/decision.ts';
import { type Choice, choose, type Situation } from './choose.ts';
import { needOf, nextReplicas, rememberNeed, uncappedTarget, underCap } from './demand.ts';
import { readGuardrail } from './guardrail.ts';
import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleReason } from './reasons.ts';
import type { AutoscaleSignals } from './signals.ts';
import type { AutoscaleState } from './state.ts';

export interface AutoscaleDetails {
  /** Consumer replicas to run. */
  readonly replicas: number;
  /** The largest need that they are for, jobs. */
  readonly need: number | null;
  /** Measures of contention in breach, and those that could not be taken. */
  readonly contention: readonly ContentionMeasure[];
  readonly missing: readonly ContentionMeasure[];
}

export type AutoscaleDecision = Decision<AutoscaleReason, AutoscaleDetails>;

/**
 * How many jobs may run at once in the cluster, and how many consumer replicas that needs. `from` and `to` are
 * capacities, in jobs.
 *
 * What may go wrong and does not:
 * - a step down raises (capacity was below the floor): a guardrail step is bounded by `from`;
 * - breach after breach drives capacity to the floor within a minute: one step a cooldown, whose time is in the state;
 * - capacity climbs for work that no quota lets start: `hold_quota_bound`;
 * - a restart or a new leader gets a raise of its own: the time of the last change is in the state too.
 *
 * @param now ms since the epoch, whole
 */
export function decideAutoscale(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  signals: AutoscaleSignals,
  now: number,
): Decided<AutoscaleState, AutoscaleDecision> {
  const at = look(policy, state, signals, now);
  const choice = choose(at);
  // A cap that was lowered since holds at once, whatever was decided.
  const to = underCap(policy, choice.to);
  const limiting =
    to < choice.to && !choice.limiting.includes('at_cap') ? [...choice.limiting, 'at_cap'] : choice.limiting;
  const need = needOf(signals);
  const needs = rememberNeed(policy, state.needs, need, now);
  const replicas = nextReplicas(policy, state, to, needs, need);
  const decision: AutoscaleDecision = {
    from: state.capacity,
    target: at.pin ? to : (at.target ?? state.capacity),
    desired: choice.desired,
    to,
    action: actionOf(state.capacity, to),
    reasonCode: choice.reasonCode,
    limiting,
    guardrail: at.seen.guardrail,
    operatorOverride: overrideOf(at, choice),
    window: null,
    actuation: at.actuation,
    details: { replicas, need, contention: at.seen.breaches, missing: at.seen.missing },
  };
  return { decision, nextState: remember(at, choice, to, needs, replicas) };
}

function look(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  signals: AutoscaleSignals,
  now: number,
): Situation {
  const { pin, step } = signals;
  const wanted = signals.activeWorkspaces === null ? null : uncappedTarget(policy, signals.activeWorkspaces);
  const target = wanted === null ? null : underCap(policy, wanted);
  return {
    policy,
    state,
    signals,
    now,
    seen: readGuardrail(policy, state, signals, now),
    pin: pin && now < pin.expiresAtMs ? pin : null,
    step: step && step.number > state.stepNumber && now < step.expiresAtMs ? step : null,
    target,
    targetCapped: target !== wanted,
    belowSinceMs: target !== null && target < state.capacity ? (state.belowSinceMs ?? now) : null,
    actuation: compare(state, signals),
  };
}

/**
 * What was asked before against what runs. Only too few replicas is "pending": too many are draining, which may take
 * as long as a job does. With the plain `capacity` actuator replicas are somebody else's.
 */
function compare(state: AutoscaleState, signals: AutoscaleSignals): ActuationSeen {
  const { actuator, observedCapacity, observedReplicas } = signals;
  const managed = actuator === 'process' || actuator === 'keda';
  const observed = { capacity: observedCapacity, replicas: observedReplicas };
  if (actuator === 'none') return { kind: actuator, observed, outcome: 'agreed' };
  if (observedCapacity === null || (managed && observedReplicas === null)) {
    return { kind: actuator, observed, outcome: 'unknown' };
  }
  const short = managed && (observedReplicas as number) < state.replicas;
  return {
    kind: actuator,
    observed,
    outcome: observedCapacity !== state.capacity || short ? 'pending' : 'agreed',
  };
}

function overrideOf({ pin, step }: Situation, choice: Choice): OperatorOverride | null {
  if (choice.reasonCode === 'operator_step' && step) {
    return { kind: 'step', actor: step.actor, expiresAt: step.expiresAtMs };
  }
  return pin && { kind: 'pin', actor: pin.actor, expiresAt: pin.expiresAtMs };
}

function remember(
  at: Situation,
  { reasonCode }: Choice,
  to: number,
  needs: AutoscaleState['needs'],
  replicas: number,
): AutoscaleState {
  const { state, now, seen } = at;
  return {
    capacity: to,
    replicas,
    contention: seen.contention,
    changedAtMs: to === state.capacity ? state.changedAtMs : now,
    stepDownAtMs: reasonCode === 'guardrail_step_down' ? now : state.stepDownAtMs,
    belowSinceMs: at.belowSinceMs,
    beforePin: beforePin(state, reasonCode),
    stepNumber: reasonCode === 'operator_step' && at.step ? at.step.number : state.stepNumber,
    duplicatesSeen: seen.duplicatesSeen,
    stopUntilMs: seen.stopUntilMs,
    needs,
  };
}

/** Remembered from the first pin of a row of pins until the row is over, also through a stop that outranks it. */
function beforePin(state: AutoscaleState, reasonCode: AutoscaleReason): number | null {
  if (reasonCode === 'override_expired') return null;
  return state.beforePin ?? (reasonCode === 'operator_override' ? state.capacity : null);
}
