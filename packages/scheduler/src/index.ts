export { createBatcher } from './batcher.ts';
export type { ClaimedJob } from './claimed-job.ts';
export { UNKNOWN_SINCE_FIELD } from './claimed-job.ts';
export {
  type ClaimAnswer,
  type Claimer,
  type ClaimerOptions,
  createClaimer,
} from './claimer.ts';
export type { RedisOptions } from './connection.ts';
export type { WorkspaceLiveLoad } from './control/loads.ts';
export type { Levels, PressureAnswer, PressureToPublish } from './control/pressure.ts';
export type { WorkspaceQuota } from './control/quotas.ts';
export { createProducer } from './create-producer.ts';
export { inspectRedis, type RedisFacts } from './inspect-redis.ts';
export type { JobState, JobView } from './job-view.ts';
export { isJobId } from './keys.ts';
export type { Logger } from './logger.ts';
export type { OwnProducer, ProducerOptions } from './own-producer.ts';
export type { WorkspaceSettings } from './own-settings.ts';
export type { AddedJob, JobToAdd, Producer } from './producer.ts';
export {
  createScheduler,
  type Scheduler,
  type SchedulerOptions,
} from './scheduler.ts';
export type { SettleOutcome } from './settle-outcome.ts';
export type { CapacityToPublish } from './signals/capacity.ts';
export type { ReportsRead } from './signals/read-reports.ts';
export type { Replica } from './signals/replicas.ts';
export type { CapacityAnswer, Evidence, ReplicaVitals, Report } from './signals/report.ts';
export { createReporter, type Reporter, type ReporterParts } from './signals/reporter.ts';
export { type Counters, countIn, createTally, type Tally } from './signals/tally.ts';
export type { Retention } from './stock-queues.ts';
export type { ShardState } from './verbs/beat.ts';
export type { CancelOutcome, JobName } from './verbs/cancel.ts';
export type { WorkspaceSetting } from './verbs/configure.ts';
export type { WorkspaceCounts, WorkspaceState } from './verbs/counts.ts';
