import type { DecisionRecordOf } from '@fairlead/core';

/** The rows of stages follow from the records: a stage begins with a decision and ends with one. */
export interface StageStart {
  readonly rollout: string;
  readonly stage: number;
  readonly shareBp: number;
  readonly atMs: number;
}

export interface StageEnd {
  readonly rollout: string;
  readonly stage: number;
  /** The reason code. */
  readonly outcome: string;
  readonly atMs: number;
  readonly cohortFinished: number | null;
}

export function stageStarts(records: readonly DecisionRecordOf<'rollout'>[]): StageStart[] {
  return records
    .filter(({ reasonCode }) => reasonCode === 'stage_started' || reasonCode === 'advanced')
    .map(({ subject, stateAfter, evaluatedAt }) => ({
      rollout: subject.id,
      stage: stateAfter.stage,
      shareBp: stateAfter.shareBp,
      atMs: evaluatedAt,
    }));
}

export function stageEnds(records: readonly DecisionRecordOf<'rollout'>[]): StageEnd[] {
  return records
    .filter(({ stateBefore, stateAfter }) => isHeld(stateBefore.status) && isLeft(stateBefore, stateAfter))
    .map(({ subject, stateBefore, reasonCode, evaluatedAt, details }) => ({
      rollout: subject.id,
      stage: stateBefore.stage,
      outcome: reasonCode,
      atMs: evaluatedAt,
      cohortFinished: details.cohortFinished,
    }));
}

type State = DecisionRecordOf<'rollout'>['stateAfter'];

function isHeld(status: State['status']): boolean {
  return status === 'running' || status === 'paused';
}

function isLeft(before: State, after: State): boolean {
  return after.stage !== before.stage || !isHeld(after.status);
}
