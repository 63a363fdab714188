/**
 * What an exercise leaves behind. Its signals end with it; what is remembered of them does not: contention stays a
 * breach until three samples were under its line, a cool-down goes on, a level is kept. A decision is marked for as long
 * as it would be another one without that, and no longer: what happens in earnest meanwhile is no exercise.
 *
 *     exercise on                 marked, each of them
 *     over, and still felt        marked where the engine decides otherwise without what the exercise left
 *     nothing is left             forgotten
 *
 * The mark is a signal (`synthetic`), and so is in the record; no state and no rule of the engine knows of it.
 */
import {
  type AutoscalePolicy,
  type AutoscaleSignals,
  type AutoscaleState,
  type BackpressureSignals,
  type ContentionState,
  decide,
  INITIAL_BACKPRESSURE,
  isSame,
  LEVELS,
  type Policy,
  type SubjectMemory,
} from '@fairlead/core';

/** An exercise that is on, or still felt. */
export interface Exercise {
  /** The first decision on capacity that it had a hand in, and the last, ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What would be remembered of contention, had there been none. */
  readonly contention: ContentionState;
}

export interface Followed {
  /** With the mark. */
  readonly signals: AutoscaleSignals;
  /** Undefined: nothing is left of it. */
  readonly exercise: Exercise | undefined;
  /** What contention looks like is its doing. */
  readonly isContentionDrilled: boolean;
}

/**
 * @param state of capacity, or of what watches contention while capacity is not decided on
 * @param measured without what is injected, which `injected` has
 */
export function followExercise(
  policy: Policy,
  exercise: Exercise | undefined,
  state: AutoscaleState,
  measured: AutoscaleSignals,
  injected: AutoscaleSignals,
  nowMs: number,
): Followed {
  if (exercise === undefined && !injected.synthetic) {
    return { signals: injected, exercise, isContentionDrilled: false };
  }
  const bare = exercise === undefined ? state : withoutIt(policy.autoscale, exercise, state);
  const without = decide('autoscale', policy, bare, measured, nowMs);
  const decided = decide('autoscale', policy, state, injected, nowMs);
  const isFelt = injected.synthetic || !isSame(without.decision, decided.decision);
  const next: Exercise = {
    fromMs: exercise?.fromMs ?? nowMs,
    toMs: isFelt || exercise === undefined ? nowMs : exercise.toMs,
    contention: without.nextState.contention,
  };
  const { cooldownMs, rampWindowMs } = policy.autoscale;
  const isOver =
    nowMs - next.toMs >= Math.max(cooldownMs, rampWindowMs) &&
    isSame(next.contention, decided.nextState.contention);
  return {
    signals: isFelt ? { ...injected, synthetic: true } : injected,
    exercise: isOver ? undefined : next,
    isContentionDrilled: without.decision.guardrail.contention !== decided.decision.guardrail.contention,
  };
}

/** The state without its contention, and without the waits that its changes of capacity began. */
function withoutIt(
  { cooldownMs }: AutoscalePolicy,
  { fromMs, toMs, contention }: Exercise,
  state: AutoscaleState,
): AutoscaleState {
  const isIts = (atMs: number | null) => atMs !== null && atMs >= fromMs && atMs <= toMs;
  const { changedAtMs, stepDownAtMs, stopUntilMs } = state;
  return {
    ...state,
    contention,
    changedAtMs: isIts(changedAtMs) ? null : changedAtMs,
    stepDownAtMs: isIts(stepDownAtMs) ? null : stepDownAtMs,
    stopUntilMs: isIts(stopUntilMs && stopUntilMs - cooldownMs) ? null : stopUntilMs,
  };
}

/** Whether an exercise made the level that there is: what is measured now would make a lower one. */
export function isLevelLeftBehind(
  policy: Policy,
  { state, last }: SubjectMemory<'backpressure'>,
  signals: BackpressureSignals,
  nowMs: number,
): boolean {
  if (!last?.synthetic || state.level === 'none') return false;
  const { nextState } = decide('backpressure', policy, INITIAL_BACKPRESSURE, signals, nowMs);
  return LEVELS.indexOf(nextState.level) < LEVELS.indexOf(state.level);
}

/** Whether a window of an exercise is among those in a row, or its demotion is what a workspace waits out. */
export function isRowLeftBehind({ state, last }: SubjectMemory<'promotion'>, nowMs: number): boolean {
  if (!last?.synthetic) return false;
  const { healthy, breached, requalifyAtMs } = state;
  return healthy > 0 || breached > 0 || (requalifyAtMs !== null && nowMs < requalifyAtMs);
}
