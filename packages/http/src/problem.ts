/**
 * Problem documents (RFC 9457): the one shape of every refusal and failure.
 *
 * A client may match on `code`, which is stable and from the catalogue in core. `detail` says what is
 * wrong with this request, `fix` what to do, `errors` lists the fields. `instance` is the id of the
 * request, which its log line carries too. Nothing of a request's values is ever repeated in them.
 */
import { type BackpressureReason, FAULTS, FairleadError, type FaultCode, reasonOf } from '@fairlead/core';
import type { Response } from 'express';

/** One thing that is wrong, and where: `path` is like `backoff.delayMs`, or '' for the whole. */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

export interface ProblemExtra {
  readonly fix?: string | undefined;
  readonly errors?: readonly FieldIssue[] | undefined;
  /** Becomes the `Retry-After` header too. */
  readonly retryAfterSeconds?: number | undefined;
  /** Of backpressure: why the work that is there does not run. */
  readonly waitingReason?: BackpressureReason | undefined;
}

export interface ProblemDocument extends ProblemExtra {
  /** `urn:fairlead:problem:` and the code in lower case. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  readonly code: FaultCode;
  /** Of backpressure: what it is for. */
  readonly reason?: BackpressureReason | undefined;
  readonly detail: string;
  /** `urn:uuid:` and the request's id. */
  readonly instance?: string | undefined;
}

/** What a client is told to wait after a 503 that names no time: about how long a reconnect takes. */
const RETRY_UNAVAILABLE_SECONDS = 2;

/** A document with the status and title of `code`. */
export function problem(code: FaultCode, detail: string, extra: ProblemExtra = {}): ProblemDocument {
  const { status, title } = FAULTS[code];
  const reason = reasonOf(code);
  const retryAfterSeconds =
    extra.retryAfterSeconds ?? (status === 503 ? RETRY_UNAVAILABLE_SECONDS : undefined);
  return {
    type: `urn:fairlead:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    ...(reason === undefined ? {} : { reason }),
    detail,
    ...(extra.waitingReason === undefined ? {} : { waitingReason: extra.waitingReason }),
    ...(extra.fix === undefined ? {} : { fix: extra.fix }),
    ...(extra.errors === undefined ? {} : { errors: extra.errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** A fault that was written for the client: its message, fix and fields are shown as they are. */
export class ProblemError extends FairleadError {
  readonly extra: ProblemExtra;

  constructor(code: FaultCode, detail: string, extra: ProblemExtra & { readonly cause?: unknown } = {}) {
    const { cause, ...shown } = extra;
    super(code, detail, { cause, ...(shown.fix === undefined ? {} : { fix: shown.fix }) });
    this.name = 'ProblemError';
    this.extra = shown;
  }
}

/** The error that becomes this document. */
export function problemError(document: ProblemDocument): ProblemError {
  const { code, detail, fix, errors, retryAfterSeconds, waitingReason } = document;
  return new ProblemError(code, detail, { fix, errors, retryAfterSeconds, waitingReason });
}

/**
 * The document for whatever was thrown. Faults of our own side keep their code and lose their message:
 * it names hosts and commands, which belong into the log.
 */
export function problemOf(error: unknown): ProblemDocument {
  if (error instanceof ProblemError) return problem(error.code, error.message, error.extra);
  if (error instanceof FairleadError) {
    const { status, title } = FAULTS[error.code];
    if (status < 500) return problem(error.code, error.message, { fix: error.fix });
    if (status === 503) return problem(error.code, `${title}. Try again in a moment.`);
    return problem(error.code, 'The request failed through no fault of yours.', { fix: QUOTE_INSTANCE });
  }
  // Express throws these for what it cannot decode: a URL with a stray "%", for one.
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return problem('INVALID_REQUEST', 'The request could not be decoded.', {
      fix: 'Check the percent-encoding of the URL and the headers.',
    });
  }
  return problem('INTERNAL', 'The request failed through no fault of yours.', { fix: QUOTE_INSTANCE });
}

const QUOTE_INSTANCE = 'Report it with the `instance` of this document: the log has the cause under that id.';

/** Answers with a document, unless the answer has begun or nobody listens any more. */
export function sendProblem(res: Response, document: ProblemDocument): void {
  res.locals['problemCode'] = document.code;
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  if (document.retryAfterSeconds !== undefined)
    res.setHeader('retry-after', String(document.retryAfterSeconds));
  const id = res.locals['requestId'];
  const instance = typeof id === 'string' ? { instance: `urn:uuid:${id}` } : {};
  res
    .status(document.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...document, ...instance }));
}
