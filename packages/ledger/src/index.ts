export {
  API_KEY_SCOPES,
  type ApiKeyRecord,
  type ApiKeyScope,
  type ApiKeys,
  type ApiKeyToCreate,
} from './api-keys.ts';
export type { Audit, AuditRecord, AuditSelection, AuditToWrite, By } from './audit.ts';
export type { ControlSignals, WorkspaceLimits } from './control/control-signals.ts';
export type { ControlReading, ControlStates } from './control/control-state.ts';
export { type CountedWindows, createCountedWindows } from './control/counts/counted-windows.ts';
export type { Counts, SaveOutcome, WindowCounts } from './control/counts/window-counts.ts';
export type {
  DecisionSelection,
  Decisions,
  StoredDecision,
  VerifiedNext,
} from './control/decisions.ts';
export {
  ALL_WORKSPACES,
  CAPACITY,
  type Expiring,
  type InForce,
  type Order,
  type OverrideRecord,
  type Overrides,
} from './control/overrides.ts';
export type { Memories, Remembered } from './control/remembered.ts';
export type {
  CreateOutcome,
  DecidingRollout,
  OpenRollout,
  OrderOutcome,
  RolloutRecord,
  Rollouts,
} from './control/rollouts.ts';
export type { SpanExport } from './control/span-export.ts';
export type { SubjectEnd, SubjectPlace } from './control/subjects.ts';
export type { TickRecord, Ticks } from './control/ticks.ts';
export type { TickToWrite, WriteOutcome } from './control/write-tick.ts';
export type { ClaimOutcome, EffectToClaim } from './effects/claim.ts';
export type { Effects } from './effects/effects.ts';
export type { EffectTransaction, OnceOutcome } from './effects/once.ts';
export type { HeldEffect } from './effects/record.ts';
export type { ResolveOutcome } from './effects/unknown.ts';
export type { FlagRecord, Flags, FlagValue, FlagValues, InitialEnds } from './flags.ts';
export type { FunctionRuns, HeldRun, RunSelection, StaleRuns } from './function-runs.ts';
export type {
  DispatchWindow,
  Effect,
  FunctionRun,
  JobState,
  OverrideKind,
  Rollout,
  RolloutOrder,
} from './generated/client.ts';
export type { Generations, ShardGenerationRecord, ShardSeen } from './generations.ts';
export { type DatabaseFacts, inspectDatabase } from './inspect-database.ts';
export type { Accept } from './jobs/accept.ts';
export type { FailedAttempt } from './jobs/attempt-failed.ts';
export type { CancelOutcome } from './jobs/cancel.ts';
export type { Finish } from './jobs/finish.ts';
export { isJobId, newJobId } from './jobs/job-id.ts';
export type { AcceptOutcome, JobToAccept } from './jobs/job-to-accept.ts';
export type { Jobs, JobsOptions } from './jobs/jobs.ts';
export type { JobPage, ListOptions } from './jobs/read.ts';
export type { JobOptions, JobRecord, JobToAdd } from './jobs/record.ts';
export type { TakeForRelay, TakeOptions } from './jobs/relay.ts';
export type { AuditPage, Place, RestorePage } from './jobs/restore.ts';
export type { RetryOutcome } from './jobs/retry.ts';
export { type Verdict, windowJobKey } from './jobs/verdicts.ts';
export type { AcquireOutcome, Fence, LeaseRecord, Leases } from './leases.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger.ts';
export { applyMigrations } from './migrate.ts';
export type { Firing } from './schedules/fire.ts';
export type { ScheduledJob, ScheduleRecord } from './schedules/record.ts';
export type { MissedPolicy, Recurrence } from './schedules/recurrence.ts';
export type { Schedules, ScheduleToPut } from './schedules/schedules.ts';
export type { HeldWindow, Windows, WindowToOpen } from './windows.ts';
export type {
  Limit,
  Settings,
  SettingsAuthor,
  SettingsChange,
  UpdateOutcome,
  WorkspaceRecord,
  Workspaces,
} from './workspaces.ts';
