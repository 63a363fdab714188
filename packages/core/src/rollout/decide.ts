import { actionOf, type Decided, type Decision, NOTHING } from '../decision/decision.ts';
import { noticeDuplicates } from '../decision/duplicates.ts';
import type { Guardrail, Reading } from '../decision/reading.ts';
import { baselineOf, compareWith, isConclusive, stopCriterion } from './judge.ts';
import type { RolloutPolicy } from './policy.ts';
import type { RolloutReason } from './reasons.ts';
import type { CohortCounts, RolloutCommand, RolloutSignals } from './signals.ts';
import type { Baseline, RolloutState, RolloutStatus } from './state.ts';

export interface RolloutDetails {
  readonly status: RolloutStatus;
  readonly stage: number;
  /** Finished jobs of the cohort and of those it is compared with. */
  readonly cohortFinished: number | null;
  readonly restFinished: number | null;
}

export type RolloutDecision = Decision<RolloutReason, RolloutDetails>;

interface Step {
  readonly reasonCode: RolloutReason;
  readonly nextState: RolloutState;
}

interface Situation {
  readonly policy: RolloutPolicy;
  readonly state: RolloutState;
  readonly signals: RolloutSignals;
  readonly now: number;
  /** The order that has not been taken yet. */
  readonly command: RolloutCommand | null;
  readonly duplicate: boolean;
  readonly duplicatesSeen: number | null;
  readonly cohort: CohortCounts;
  readonly compared: Baseline | null;
}

/**
 * Where a rollout stands. `from` and `to` are shares of workspaces in basis points; 0 is stable: nobody has the change.
 *
 * Order: over > abort > duplicate send > stop criteria > pause, resume, start > hold not over > inconclusive > passed >
 * on to the next stage. A stop is looked at in every tick of the hold, and also while paused: a paused canary still
 * runs. Passing needs the whole hold and everything measured; a stage that was not measured is inconclusive for as long
 * as it takes, and never advances.
 *
 * A passed stage is one decision and going on is the next, so that what was seen is on record before more workspaces
 * are touched; and the criteria are looked at once more in between.
 */
export function decideRollout(
  policy: RolloutPolicy,
  state: RolloutState,
  signals: RolloutSignals,
  now: number,
): Decided<RolloutState, RolloutDecision> {
  const at = look(policy, state, signals, now);
  const { reasonCode, nextState: moved } = choose(at);
  const number = at.command?.number ?? state.commandNumber;
  const same = at.duplicatesSeen === moved.duplicatesSeen && number === moved.commandNumber;
  const nextState = same ? moved : { ...moved, duplicatesSeen: at.duplicatesSeen, commandNumber: number };
  const hold = state.holdStartMs;
  const decision: RolloutDecision = {
    from: state.shareBp,
    target: isOver(nextState) ? nextState.shareBp : (policy.stagesBp.at(-1) ?? 0),
    desired: nextState.shareBp,
    to: nextState.shareBp,
    action: actionOf(state.shareBp, nextState.shareBp),
    reasonCode,
    limiting: NOTHING,
    guardrail: guardrailOf(at, reasonCode),
    operatorOverride: at.command ? { kind: 'command', actor: at.command.actor, expiresAt: null } : null,
    window:
      hold === null ? null : { start: hold, end: hold + policy.holdMs, samples: at.cohort.finished ?? 0 },
    actuation: null,
    details: {
      status: nextState.status,
      stage: nextState.stage,
      cohortFinished: at.cohort.finished,
      restFinished: at.compared?.finished ?? null,
    },
  };
  return { decision, nextState };
}

const UNCOUNTED: CohortCounts = Object.freeze({
  enqueues: null,
  enqueueFailures: null,
  duplicateDispatches: null,
  finished: null,
  dead: null,
  queueAgeP95Ms: null,
});

function look(policy: RolloutPolicy, state: RolloutState, signals: RolloutSignals, now: number): Situation {
  const noticed = noticeDuplicates(state.duplicatesSeen, signals.duplicatesTotal);
  const mine = state.holdStartMs !== null && signals.countedSinceMs === state.holdStartMs;
  const command = signals.command && signals.command.number > state.commandNumber ? signals.command : null;
  return {
    policy,
    state,
    signals,
    now,
    command,
    duplicate: noticed.happened,
    duplicatesSeen: noticed.seen,
    cohort: mine ? signals.cohort : UNCOUNTED,
    compared: compareWith(policy, state, mine ? signals.rest : UNCOUNTED),
  };
}

function choose(at: Situation): Step {
  if (isOver(at.state)) return { reasonCode: at.state.status as RolloutReason, nextState: at.state };
  if (at.command?.order === 'abort') return { reasonCode: 'aborted', nextState: ended(at.state, 'aborted') };
  return onDraft(at) ?? onStop(at) ?? onCommand(at) ?? onHold(at);
}

/** A draft has nothing running that could be stopped: it waits for its start. */
function onDraft({ policy, state, command, now }: Situation): Step | null {
  if (state.status !== 'draft') return null;
  if (command?.order !== 'start') return { reasonCode: 'paused', nextState: state };
  return {
    reasonCode: 'stage_started',
    nextState: stageFrom(policy, { ...state, status: 'running' }, 0, now),
  };
}

function onStop({ policy, state, duplicate, cohort, compared }: Situation): Step | null {
  const reasonCode = duplicate ? 'stop_duplicate_send' : stopCriterion(policy, cohort, compared);
  return reasonCode && { reasonCode, nextState: ended(state, 'rolled_back') };
}

function onCommand({ state, command, now }: Situation): Step | null {
  if (command?.order === 'pause' || (state.status === 'paused' && command?.order !== 'resume')) {
    return {
      reasonCode: 'paused',
      nextState: state.status === 'paused' ? state : { ...state, status: 'paused' },
    };
  }
  if (state.status !== 'paused') return null;
  // The hold begins again: what happened in a pause was not watched under the conditions that are to be judged.
  return {
    reasonCode: 'resumed',
    nextState: { ...state, status: 'running', holdStartMs: now, passed: false },
  };
}

function onHold({ policy, state, signals, now, compared }: Situation): Step {
  if (state.holdStartMs === null || now - state.holdStartMs < policy.holdMs) {
    return { reasonCode: 'stage_holding', nextState: state };
  }
  const counted = signals.countedSinceMs === state.holdStartMs;
  if (!counted || !isConclusive(policy, signals, compared)) {
    return {
      reasonCode: 'stage_inconclusive',
      nextState: state.passed ? { ...state, passed: false } : state,
    };
  }
  if (!state.passed) {
    const baseline = baselineOf(signals.rest) ?? state.baseline;
    return { reasonCode: 'stage_passed', nextState: { ...state, passed: true, baseline } };
  }
  if (state.stage + 1 < policy.stagesBp.length) {
    return { reasonCode: 'advanced', nextState: stageFrom(policy, state, state.stage + 1, now) };
  }
  return {
    reasonCode: 'completed',
    nextState: { ...state, status: 'completed', holdStartMs: null, passed: false },
  };
}

function stageFrom(policy: RolloutPolicy, state: RolloutState, stage: number, now: number): RolloutState {
  return { ...state, stage, shareBp: policy.stagesBp[stage] ?? 0, holdStartMs: now, passed: false };
}

/** Back to stable, all at once. */
function ended(state: RolloutState, status: 'aborted' | 'rolled_back'): RolloutState {
  return { ...state, status, shareBp: 0, holdStartMs: null, passed: false };
}

function isOver({ status }: RolloutState): boolean {
  return status === 'completed' || status === 'aborted' || status === 'rolled_back';
}

function guardrailOf({ signals, cohort }: Situation, reasonCode: RolloutReason): Guardrail {
  const duplicates: Reading =
    reasonCode === 'stop_duplicate_send' ? 'breach' : signals.duplicatesTotal === null ? 'unknown' : 'ok';
  const known = cohort.finished !== null && cohort.dead !== null;
  const failureRate = reasonCode === 'stop_error_regression' ? 'breach' : known ? 'ok' : 'unknown';
  return { contention: 'unknown', failureRate, duplicates };
}
