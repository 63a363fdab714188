/** A job's three forms: as it was sent, as the ledger takes it, and as the scheduler takes it. */
import type { JobToAccept, JobToAdd as RecordedJob } from '@fairlead/ledger';
import type { JobToAdd } from '@fairlead/scheduler';
import type { NewJob } from '../job-input.ts';

const DEFAULT_MAX_ATTEMPTS = 3;

/** What the ledger has to remember, so that the job can be added again after Redis has lost it. */
export function toAccept(id: string, job: NewJob, nowMs: number): JobToAccept {
  const { workspace, type, payload, priority, delayMs, maxAttempts, backoff, timeoutMs } = job;
  return {
    id,
    workspace,
    type,
    payloadJson: JSON.stringify(payload === undefined ? {} : payload),
    options: {
      ...(backoff === undefined ? {} : { backoff }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    maxAttempts: maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    priority,
    runAtMs: delayMs === undefined || delayMs === 0 ? undefined : nowMs + delayMs,
    idempotencyKey: job.idempotencyKey,
    requestHash: job.requestHash,
    traceparent: job.traceparent,
  };
}

/** What the scheduler has to be told of a job that was just accepted. */
export function toAdd({ id, payloadJson }: JobToAccept, job: NewJob): JobToAdd {
  const { workspace, type, priority, delayMs, maxAttempts, backoff, timeoutMs, traceparent } = job;
  return {
    workspace,
    id,
    type,
    payloadJson,
    recorded: true,
    traceparent,
    ...(priority === undefined ? {} : { priority }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** What the scheduler has to be told of a job that the ledger remembers. */
export function toAddAgain(job: RecordedJob, nowMs: number): JobToAdd {
  const delayMs = job.runAtMs === undefined ? 0 : Math.max(0, job.runAtMs - nowMs);
  return {
    workspace: job.workspace,
    id: job.id,
    type: job.type,
    payloadJson: job.payloadJson,
    createdAtMs: delayMs > 0 ? nowMs : job.createdAtMs,
    maxAttempts: job.maxAttempts,
    attemptsBefore: job.attempts,
    priority: job.priority,
    recorded: true,
    traceparent: job.traceparent,
    ...(delayMs > 0 ? { delayMs } : {}),
    ...(job.options.backoff ? { backoff: job.options.backoff } : {}),
    ...(job.options.timeoutMs === undefined ? {} : { timeoutMs: job.options.timeoutMs }),
    ...(job.options.lifo ? { lifo: true } : {}),
  };
}
