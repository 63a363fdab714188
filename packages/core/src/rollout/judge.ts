import { exceedsBy, isOver } from '../decision/rate.ts';
import type { RolloutPolicy } from './policy.ts';
import type { StopReason } from './reasons.ts';
import type { CohortCounts, RolloutSignals } from './signals.ts';
import type { Baseline, RolloutState } from './state.ts';

/** Whom the cohort is compared with: the rest, or (at 100 %) the rest as it was in the stage before. */
export function compareWith(policy: RolloutPolicy, state: RolloutState, rest: CohortCounts): Baseline | null {
  const isEverybody = (policy.stagesBp[state.stage] ?? 0) >= 10_000;
  return isEverybody ? state.baseline : baselineOf(rest);
}

/** The rest's figures; null when nothing finished there, or it is not known what. */
export function baselineOf({ finished, dead, queueAgeP95Ms }: CohortCounts): Baseline | null {
  if (finished === null || finished === 0 || dead === null || queueAgeP95Ms === null) return null;
  return { finished, dead, queueAgeP95Ms };
}

/**
 * The first criterion that is met, from the worst; null when none is. Counts that are missing meet none: they keep a
 * stage from passing instead.
 */
export function stopCriterion(
  policy: RolloutPolicy,
  cohort: CohortCounts,
  compared: Baseline | null,
): Exclude<StopReason, 'stop_duplicate_send'> | null {
  if ((cohort.duplicateDispatches ?? 0) > 0) return 'stop_duplicate_dispatch';
  if (enqueuesFail(policy, cohort)) return 'stop_enqueue_failures';
  if ((cohort.finished ?? 0) < policy.stopMinFinished || compared === null) return null;
  if (regresses(policy, cohort, compared)) return 'stop_error_regression';
  return lags(policy, cohort, compared) ? 'stop_queue_lag' : null;
}

/** Whether everything that could stop the stage was measured, on enough jobs. */
export function isConclusive(
  policy: RolloutPolicy,
  signals: RolloutSignals,
  compared: Baseline | null,
): boolean {
  const { cohort } = signals;
  return (
    compared !== null &&
    signals.duplicatesTotal !== null &&
    cohort.enqueues !== null &&
    cohort.enqueueFailures !== null &&
    cohort.duplicateDispatches !== null &&
    cohort.dead !== null &&
    cohort.queueAgeP95Ms !== null &&
    cohort.finished !== null &&
    cohort.finished >= Math.max(1, policy.minFinished)
  );
}

function enqueuesFail(policy: RolloutPolicy, { enqueues, enqueueFailures }: CohortCounts): boolean {
  if (enqueues === null || enqueueFailures === null) return false;
  return (
    enqueueFailures >= policy.stopEnqueueFailures &&
    isOver(enqueueFailures, enqueues, policy.stopEnqueueFailureBp)
  );
}

function regresses(policy: RolloutPolicy, { finished, dead }: CohortCounts, compared: Baseline): boolean {
  if (finished === null || dead === null) return false;
  const rest = { part: compared.dead, whole: compared.finished };
  return exceedsBy({ part: dead, whole: finished }, rest, policy.stopFailurePointsBp);
}

function lags(policy: RolloutPolicy, { queueAgeP95Ms }: CohortCounts, compared: Baseline): boolean {
  if (queueAgeP95Ms === null) return false;
  return (
    queueAgeP95Ms > policy.stopQueueAgeMs && queueAgeP95Ms > policy.stopQueueAgeTimes * compared.queueAgeP95Ms
  );
}
