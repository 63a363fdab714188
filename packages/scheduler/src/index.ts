export type { ClaimedJob } from './claimed-job.ts';
export { UNKNOWN_SINCE_FIELD } from './claimed-job.ts';
export {
  type ClaimAnswer,
  type Claimer,
  type ClaimerOptions,
  createClaimer,
  type SettleOutcome,
} from './claimer.ts';
export type { RedisOptions } from './connection.ts';
export type { JobState, JobView } from './job-view.ts';
export type { Logger } from './logger.ts';
export { type AddedJob, createProducer, type JobToAdd, type Producer } from './producer.ts';
export {
  createScheduler,
  type Scheduler,
  type SchedulerOptions,
  type WorkspaceCounts,
  type WorkspaceState,
} from './scheduler.ts';
export type { Retention } from './stock-queues.ts';
