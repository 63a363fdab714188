export type { AttemptOutcome } from './attempt.ts';
export { type AbortCause, AttemptAborted } from './attempt-aborted.ts';
export type { ClaimedJob } from './claimer-port.ts';
export { type ConfiguredHandlers, configuredHandlers, type HandlerSettings } from './configured-handlers.ts';
export { type Consumer, type ConsumerOptions, createConsumer } from './consumer.ts';
export type { DrainReport } from './drain.ts';
export type { EffectLedger, EffectTransaction } from './effect-ledger.ts';
export type { ConsumerEvent, FailureReason, FinishOutcome } from './events.ts';
export {
  type Context,
  defineHandlers,
  type Handler,
  type HandlerJob,
  type HandlerMap,
  handlerProblems,
} from './handlers.ts';
export { createHttpRequest } from './http-request/handler.ts';
export type { HttpRequestOptions } from './http-request/options.ts';
export type { HttpRequestResult } from './http-request/result.ts';
export type { JobLedger, LedgerFailure, LedgerFinish, LedgerVerdict } from './job-ledger.ts';
export { createJobTraces, type JobTraces } from './job-traces.ts';
export {
  type LoneAttempt,
  type LoneAttemptTools,
  type LoneJob,
  startLoneAttempt,
} from './lone-attempt.ts';
export type { Once, OnceOptions } from './once.ts';
export { PermanentError } from './permanent-error.ts';
export type { Logger } from './quiet-log.ts';
export type { ConsumerState } from './replica.ts';
export { RetryAfterError } from './retry-after-error.ts';
