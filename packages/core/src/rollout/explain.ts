import type { DecisionRecordOf } from '../decision/record.ts';
import { count, duration, percent, share } from '../decision/words.ts';
import type { RolloutPolicy } from './policy.ts';
import type { RolloutReason } from './reasons.ts';

type Record = DecisionRecordOf<'rollout'>;

/** Why a rollout stands where it does, in one or two sentences. */
export function explainRollout(record: Record, policy: RolloutPolicy): string {
  return SENTENCES[record.reasonCode](record, policy);
}

const SENTENCES: { readonly [R in RolloutReason]: (record: Record, policy: RolloutPolicy) => string } = {
  stage_started: (r, policy) =>
    `${who(r)} begins with ${percent(r.to)} of workspaces, for ${duration(policy.holdMs)}.`,
  stage_holding: (r, policy) =>
    `${who(r)} is watched at ${percent(r.to)} of workspaces for ${duration(policy.holdMs)}.`,
  stage_inconclusive: (r, policy) =>
    `${who(r)} stays at ${percent(r.to)}: ${count(r.details.cohortFinished ?? 0, 'finished job')} of the ${
      policy.minFinished
    } needed, or not everything was measured. What is not measured does not advance.`,
  stage_passed: (r) =>
    `${who(r)} has passed at ${percent(r.to)}: nothing that would stop it, on enough jobs.`,
  advanced: (r) => `${who(r)} goes from ${percent(r.from)} to ${percent(r.to)} of workspaces.`,
  paused: (r) => `${who(r)} waits at ${percent(r.to)} for its operator.`,
  resumed: (r) => `${who(r)} goes on at ${percent(r.to)}; its hold begins again.`,
  aborted: (r) => `${who(r)} was aborted by its operator: nobody has the change.`,
  rolled_back: (r) => `${who(r)} was stopped and taken back: nobody has the change.`,
  completed: (r) => `${who(r)} is complete: everybody has the change.`,
  stop_enqueue_failures: (r) =>
    `${stopped(r)} ${share(r.signals.cohort.enqueueFailures ?? 0, r.signals.cohort.enqueues ?? 0)} of its enqueues failed.`,
  stop_duplicate_dispatch: (r) => `${stopped(r)} a window was dispatched twice.`,
  stop_queue_lag: (r) =>
    `${stopped(r)} p95 of queue age was ${duration(r.signals.cohort.queueAgeP95Ms ?? 0)} in the cohort.`,
  stop_error_regression: (r) =>
    `${stopped(r)} ${share(r.signals.cohort.dead ?? 0, r.signals.cohort.finished ?? 0)} of its jobs ended dead, against ${share(
      r.signals.rest.dead ?? 0,
      r.signals.rest.finished ?? 0,
    )} of the rest.`,
  stop_duplicate_send: (r) => `${stopped(r)} an effect was sent twice.`,
};

function who({ subject }: Record): string {
  return `rollout ${subject.id}`;
}

function stopped(record: Record): string {
  return `${who(record)} was stopped and taken back from ${percent(record.from)} of workspaces:`;
}
