export {
  type Across,
  type AskOptions,
  askShards,
  floorOf,
  type ShardAsk,
  type ShardView,
} from './across-shards.ts';
export {
  type AutoscaleDecision,
  type AutoscaleDetails,
  decideAutoscale,
} from './autoscale/decide.ts';
export { isActiveWorkspace, replicasFor, runnableJobsOf, type WorkspaceLoad } from './autoscale/demand.ts';
export { type AutoscalePolicy, DEFAULT_AUTOSCALE_POLICY } from './autoscale/policy.ts';
export {
  AUTOSCALE_LIMITS,
  AUTOSCALE_REASONS,
  type AutoscaleLimit,
  type AutoscaleReason,
} from './autoscale/reasons.ts';
export type { AutoscaleSignals, Pin, Step } from './autoscale/signals.ts';
export { type AutoscaleState, initialAutoscale } from './autoscale/state.ts';
export { statedReplicas } from './autoscale/stated-replicas.ts';
export {
  type BackpressureDecision,
  type BackpressureDetails,
  decideBackpressure,
} from './backpressure/decide.ts';
export { type BackpressurePolicy, DEFAULT_BACKPRESSURE_POLICY } from './backpressure/policy.ts';
export { type Pressure, pressureOf } from './backpressure/pressure.ts';
export { BACKPRESSURE_REASONS, type BackpressureReason, LEVELS, type Level } from './backpressure/reasons.ts';
export type {
  BackpressureSignals,
  ClusterPressure,
  WaitingFor,
  WorkspacePressure,
} from './backpressure/signals.ts';
export { type BackpressureState, INITIAL_BACKPRESSURE } from './backpressure/state.ts';
export { type SharingReplica, shareCapacity } from './capacity/share.ts';
export { cohortPlace, isInCohort } from './cohort/cohort.ts';
export {
  CONTENTION_MEASURES,
  type ContentionMeasure,
  type ContentionPolicy,
  type ContentionSample,
  type ContentionState,
  DEFAULT_CONTENTION_POLICY,
} from './contention/contention.ts';
export {
  type ContentionHistory,
  type ContentionRun,
  contentionIn,
  rememberContention,
} from './contention/history.ts';
export { addCounts, NO_COUNTS, type WorkspaceCounts } from './counts/workspace-counts.ts';
export { canonicalBytes, canonicalText, type Hash } from './decision/canonical.ts';
export { comparePolicy, type PolicyDifference } from './decision/compare.ts';
export { type Counterfactual, counterfactualOf } from './decision/counterfactual.ts';
export {
  type Action,
  type ActuationSeen,
  type Decided,
  type Decision,
  type JudgedWindow,
  KINDS,
  type Kind,
  type OperatorOverride,
} from './decision/decision.ts';
export { type DecisionOf, decide, ENGINE_VERSION, type SignalsOf, type StateOf } from './decision/engine.ts';
export { explainDecision } from './decision/explain.ts';
export { isSame } from './decision/is-same.ts';
export { type DecidingLease, isWriteAccepted, takeLease } from './decision/lease.ts';
export {
  type DecisionLog,
  type ReadLog,
  readDecisionLog,
  verifyDecisionLog,
  writeDecisionLog,
} from './decision/log.ts';
export { DEFAULT_POLICY, type Policy, policyFrom, policyHash } from './decision/policy.ts';
export { basisPoints } from './decision/rate.ts';
export type { Guardrail, Reading } from './decision/reading.ts';
export {
  type DecisionRecord,
  type DecisionRecordOf,
  decisionId,
  isRepeat,
  type LastRecord,
  type LastSaid,
  lastOf,
  type ParsedRecord,
  parseRecord,
  type RecordContext,
  type RecordInput,
  recordText,
  SCHEMA_VERSION,
  type Subject,
  sealDecision,
} from './decision/record.ts';
export { type Advanced, advanceSubject, isSettled, type SubjectMemory } from './decision/subject.ts';
export { RECORD_ATTRIBUTE } from './decision/traced-records.ts';
export { type Difference, type Verification, verifyDecisions } from './decision/verify.ts';
export {
  DRILL_SIGNALS,
  type Drill,
  type DrillSignal,
  injectAutoscale,
  injectContention,
} from './drill/drill.ts';
export { estimateStart, type Prospects } from './estimate.ts';
export {
  advanceClock,
  charge,
  costOf,
  learnMeanRun,
  learnRun,
  nextInRing,
  settle,
  startTag,
  UNKNOWN_MEAN_RUN_MS,
  worthRemembering,
} from './fairness.ts';
export { FAULTS, FairleadError, type FaultCode, reasonOf } from './faults.ts';
export {
  bucketOf,
  EMPTY_HISTOGRAM,
  HISTOGRAM_ERROR_BP,
  type Histogram,
  histogramFrom,
  histogramOf,
  mergeHistograms,
  type Quantile,
  quantileOf,
  queueAgeP95,
  samplesIn,
  upperEdgeMs,
} from './histogram/histogram.ts';
export { PARK_REASONS, type ParkReason } from './park-reason.ts';
export { decidePromotion, type PromotionDecision, type PromotionDetails } from './promotion/decide.ts';
export { DEFAULT_PROMOTION_POLICY, type PromotionPolicy } from './promotion/policy.ts';
export {
  PROMOTION_LIMITS,
  PROMOTION_REASONS,
  type PromotionLimit,
  type PromotionReason,
} from './promotion/reasons.ts';
export type { PromotionSignals, PromotionWindow } from './promotion/signals.ts';
export {
  initialPromotion,
  isPromoted,
  isWindowDue,
  openWindow,
  type PromotionState,
} from './promotion/state.ts';
export { promotionWindowOf } from './promotion/window-of-counts.ts';
export {
  BASE_QUOTA,
  type Bucket,
  freeSlots,
  type Limits,
  limitsOf,
  nextTokenAtMs,
  refill,
  spend,
  startsAllowed,
  TOKEN,
} from './quota.ts';
export { cohortCountsOf } from './rollout/cohort-of-counts.ts';
export { decideRollout, type RolloutDecision, type RolloutDetails } from './rollout/decide.ts';
export { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from './rollout/policy.ts';
export { ROLLOUT_REASONS, type RolloutReason, STOP_REASONS, type StopReason } from './rollout/reasons.ts';
export type { CohortCounts, RolloutCommand, RolloutSignals } from './rollout/signals.ts';
export { INITIAL_ROLLOUT, ROLLOUT_STATUSES, type RolloutState, type RolloutStatus } from './rollout/state.ts';
export {
  lagOf,
  type RecentService,
  type Runs,
  recentService,
  recordServed,
  SERVED_WINDOW_MS,
  shareOf,
} from './served.ts';
export { type ClaimRequest, claim, type ModelClaim } from './shard-claim.ts';
export { configure, finish, markReady, recover, setQuota } from './shard-model.ts';
export type { EndedJob } from './shard-moves.ts';
export { enqueue, enqueueDelayed } from './shard-queue.ts';
export {
  emptyShard,
  type ModelJob,
  type ModelQueue,
  NEVER_MS,
  queueOf,
  runnableJobs,
  type ShardState,
} from './shard-state.ts';
export type { Scenario, ScenarioEvent, SimulatedWorkspace } from './simulation/scenario.ts';
export { SCENARIOS } from './simulation/scenarios.ts';
export { SIMULATION_START_MS, type Simulation, simulate, simulateTicks } from './simulation/simulate.ts';
export { jainIndex, nearestRank } from './statistics.ts';
export { fairnessOf, type MeasuredFairness, measureFairness } from './trace/measure-fairness.ts';
export { isHeavyMinute, type MinuteOfService, minuteReport } from './trace/minute-report.ts';
export {
  AZURE_COLUMNS,
  parseTrace,
  type TraceColumns,
  type TraceJob,
} from './trace/parse-trace.ts';
export { type ModelReplayOptions, replayInModel, replayStepsInModel } from './trace/replay-in-model.ts';
export { type ServiceWindow, serviceWindows, type WorkspaceTimes } from './trace/service-windows.ts';
export { workspaceNames } from './trace/workspace-names.ts';
export { formatTraceparent, parseTraceparent, type TraceParent } from './traceparent.ts';
export { type Hindrances, WAITING_REASONS, type WaitingReason, waitingReason } from './waiting-reason.ts';
export { isSameSpan, type Span, windowFrom } from './window/window.ts';
export {
  DEFAULT_WORKSPACE_CONFIG,
  type FairnessMode,
  isWorkspaceSlug,
  WORKSPACE_SLUG,
  type WorkspaceConfig,
} from './workspace.ts';
