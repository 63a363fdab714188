import { createHash } from 'node:crypto';
import type fc from 'fast-check';
import {
  type AutoscaleSignals,
  type AutoscaleState,
  type CohortCounts,
  type ContentionSample,
  DEFAULT_POLICY,
  type Hash,
  INITIAL_ROLLOUT,
  initialAutoscale,
  initialPromotion,
  type Policy,
  type PromotionSignals,
  type PromotionState,
  type PromotionWindow,
  policyHash,
  type RolloutSignals,
  type RolloutState,
  type WorkspacePressure,
} from '../../src/index.ts';

/** Signals and states in which nothing is wrong, for tests to spoil. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const TICK = 15 * SECOND;
/** Some instant. */
export const T0 = 1_767_225_600_000;

export const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

export const POLICIES: ReadonlyMap<string, Policy> = new Map([
  [policyHash(DEFAULT_POLICY, sha256), DEFAULT_POLICY],
]);

/** How often each property is tried; fast-check prints the seed of one that fails. */
export const RUNS: fc.Parameters<unknown> = {
  numRuns: Number(process.env['FAIRLEAD_PROPERTY_RUNS'] ?? 2_000),
};

export const CALM: ContentionSample = {
  claimP95Ms: 5,
  locksLost: 0,
  runningJobs: 500,
  stalledJobs: 0,
  startedJobs: 1_000,
  eventLoopP99Ms: 20,
  ledgerLagMs: 50,
  redisMemoryBp: 2_000,
};

export const BLIND: ContentionSample = {
  claimP95Ms: null,
  locksLost: null,
  runningJobs: null,
  stalledJobs: null,
  startedJobs: null,
  eventLoopP99Ms: null,
  ledgerLagMs: null,
  redisMemoryBp: null,
};

/** A healthy cluster with so many active workspaces, where what was asked for runs. */
export function autoscaleSignals(
  state: Pick<AutoscaleState, 'capacity'>,
  given: Partial<AutoscaleSignals> = {},
): AutoscaleSignals {
  return {
    contention: CALM,
    finished: 1_000,
    dead: 0,
    duplicatesTotal: 0,
    activeWorkspaces: 17,
    backlog: 5_000,
    runnable: 500,
    inFlight: 500,
    pin: null,
    step: null,
    actuator: 'capacity',
    observedCapacity: state.capacity,
    observedReplicas: null,
    synthetic: false,
    ...given,
  };
}

export function autoscaleState(given: Partial<AutoscaleState> = {}): AutoscaleState {
  return { ...initialAutoscale(DEFAULT_POLICY.autoscale), duplicatesSeen: 0, ...given };
}

/** Counts that are a breach of the cluster's failure guardrail. */
export const FAILING = { finished: 1_000, dead: 500 } as const;

export function promotionState(given: Partial<PromotionState> = {}): PromotionState {
  return { ...initialPromotion(DEFAULT_POLICY.promotion), duplicatesSeen: 0, ...given };
}

/** A promoted workspace whose demotion window begins at T0. */
export function promotedState(given: Partial<PromotionState> = {}): PromotionState {
  return promotionState({ quota: 100, windowStartMs: T0, ...given });
}

export function promotionSignals(given: Partial<PromotionSignals> = {}): PromotionSignals {
  return { eligible: true, duplicatesTotal: 0, window: null, freeze: null, synthetic: false, ...given };
}

/** A window from `startMs` with everything in order. */
export function healthyWindow(
  startMs: number,
  lengthMs: number,
  given: Partial<PromotionWindow> = {},
): PromotionWindow {
  return {
    startMs,
    endMs: startMs + lengthMs,
    finished: 1_000,
    dead: 0,
    duplicates: 0,
    queueAgeP95Ms: 1_000,
    queueAgeSamples: 1_000,
    contention: 'ok',
    ...given,
  };
}

export function workspacePressure(given: Partial<WorkspacePressure> = {}): WorkspacePressure {
  return {
    scope: 'workspace',
    backlog: 0,
    maxBacklog: 1_000,
    oldestRunnableMs: 0,
    waitingFor: null,
    synthetic: false,
    ...given,
  };
}

export const GOOD_COHORT: CohortCounts = {
  enqueues: 1_000,
  enqueueFailures: 0,
  duplicateDispatches: 0,
  finished: 1_000,
  dead: 0,
  queueAgeP95Ms: 500,
};

export const UNMEASURED: CohortCounts = {
  enqueues: null,
  enqueueFailures: null,
  duplicateDispatches: null,
  finished: null,
  dead: null,
  queueAgeP95Ms: null,
};

/** A rollout held at 5 % since T0. */
export function rolloutState(given: Partial<RolloutState> = {}): RolloutState {
  return {
    ...INITIAL_ROLLOUT,
    status: 'running',
    shareBp: 500,
    holdStartMs: T0,
    duplicatesSeen: 0,
    ...given,
  };
}

export function rolloutSignals(given: Partial<RolloutSignals> = {}): RolloutSignals {
  return {
    countedSinceMs: T0,
    cohort: GOOD_COHORT,
    rest: GOOD_COHORT,
    duplicatesTotal: 0,
    command: null,
    synthetic: false,
    ...given,
  };
}
