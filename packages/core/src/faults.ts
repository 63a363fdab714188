import type { BackpressureReason } from './backpressure/reasons.ts';

/**
 * The one catalogue of faults. A code is stable: clients, alerts and runbooks may match on it.
 * Expected results are not here: those are tagged unions where they arise.
 *
 * Backpressure has a `reason` besides: that of the controller's decision, and of a dispatcher's own check of the same.
 */
export const FAULTS = {
  INVALID_REQUEST: { status: 400, title: 'The request is not valid' },
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON' },
  IDEMPOTENCY_KEY_REQUIRED: { status: 400, title: 'The job needs an idempotency key' },
  WORKSPACE_NAME_INVALID: { status: 400, title: 'The workspace name is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Credentials are needed' },
  INSUFFICIENT_SCOPE: { status: 403, title: 'The key does not allow this' },
  OPERATORS_ONLY: { status: 403, title: 'This is for operators' },
  FOREIGN_ORIGIN: { status: 403, title: 'The request comes from another site' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  WORKSPACE_NOT_FOUND: { status: 404, title: 'There is no such workspace' },
  JOB_NOT_FOUND: { status: 404, title: 'There is no such job in this workspace' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule in this workspace' },
  EFFECT_NOT_FOUND: { status: 404, title: 'There is no such effect in this workspace' },
  FLAG_NOT_FOUND: { status: 404, title: 'There is no such flag' },
  WINDOW_NOT_FOUND: { status: 404, title: 'There is no such dispatch window' },
  KEY_NOT_FOUND: { status: 404, title: 'There is no such key' },
  DECISION_NOT_FOUND: { status: 404, title: 'There is no such decision' },
  ROLLOUT_NOT_FOUND: { status: 404, title: 'There is no such rollout' },
  ORDER_NOT_FOUND: { status: 404, title: 'No such order is in force' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  JOB_NOT_DEAD: { status: 409, title: 'The job is not a dead letter' },
  EFFECT_NOT_UNKNOWN: { status: 409, title: 'The outcome of the effect is known' },
  JOB_RECORDED: { status: 409, title: 'The job is in the ledger' },
  JOB_FINISHED: { status: 409, title: 'The job is finished already' },
  NO_HANDLERS: { status: 409, title: 'This dispatcher has no handlers' },
  LEDGER_OFF: { status: 409, title: 'This needs the ledger, which is off' },
  WORKSPACE_DRAINING: { status: 409, title: 'The workspace takes no new jobs' },
  DECISION_BROKEN: { status: 409, title: 'The decision is not as it was written' },
  ROLLOUT_EXISTS: { status: 409, title: 'There is a rollout of this name' },
  FEATURE_BUSY: { status: 409, title: 'Another rollout of the feature is not over' },
  ROLLOUT_REFUSED: { status: 409, title: 'The rollout does not take this order now' },
  DRILLS_OFF: { status: 409, title: 'Exercises are off here' },
  VERSION_CONFLICT: { status: 409, title: 'The settings were changed by someone else' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  JOB_TOO_LARGE: { status: 413, title: 'The job is too large' },
  BATCH_TOO_LONG: { status: 413, title: 'The batch has too many jobs' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key was used for another request' },
  BACKLOG_FULL: {
    status: 429,
    title: 'The workspace has too many waiting jobs',
    reason: 'backlog_limit',
  },
  TOO_MANY_ATTEMPTS: { status: 429, title: 'Too many wrong passwords' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  CONFIG_INVALID: { status: 500, title: 'The configuration is not valid' },
  HANDLERS_INVALID: { status: 500, title: 'The handlers could not be loaded' },
  REDIS_UNAVAILABLE: { status: 503, title: 'Redis does not answer' },
  REDIS_PRESSURE: { status: 503, title: 'Redis is too full for new work', reason: 'redis_pressure' },
  CONTENTION: { status: 503, title: 'The cluster is in contention', reason: 'contention_guardrail' },
  DISPATCH_FAILED: { status: 503, title: 'The window could not be dispatched' },
  REDIS_REFUSED: { status: 503, title: 'Redis refused the command' },
  LEDGER_UNAVAILABLE: { status: 503, title: 'Postgres does not answer' },
  NOT_DECIDED: { status: 503, title: 'Nothing was decided yet' },
  NOT_READY: { status: 503, title: 'The service is not ready' },
  SHUTTING_DOWN: { status: 503, title: 'The service is shutting down' },
} as const satisfies Record<string, Fault>;

interface Fault {
  readonly status: number;
  readonly title: string;
  readonly reason?: BackpressureReason;
}

export type FaultCode = keyof typeof FAULTS;

/** The reason of a fault that is backpressure. */
export function reasonOf(code: FaultCode): BackpressureReason | undefined {
  const { reason }: Fault = FAULTS[code];
  return reason;
}

/** A fault with a stable code, what happened in words, and, where there is one, the fix. */
export class FairleadError extends Error {
  readonly code: FaultCode;
  readonly fix: string | undefined;

  constructor(code: FaultCode, message: string, options?: { fix?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FairleadError';
    this.code = code;
    this.fix = options?.fix;
  }
}
