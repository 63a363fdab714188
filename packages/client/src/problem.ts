/** What a call can reject with. */
import type { Schemas } from './types.ts';

export type ProblemDocument = Schemas['Problem'];
export type ProblemCode = ProblemDocument['code'];

/** Fairlead refused, or could not do, what it was asked for, and says why. */
export class ApiProblem extends Error {
  /** Stable: match on it. One that this client does not know is of a newer Fairlead. */
  readonly code: ProblemCode;
  readonly status: number;
  /** What helps. */
  readonly fix: string | undefined;
  /** When the same call is worth another try. */
  readonly retryAfterSeconds: number | undefined;
  /** The fields that are not valid. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Names the request in the log of Fairlead. */
  readonly instance: string | undefined;
  /** All of it, with what an operation adds. */
  readonly document: ProblemDocument & Readonly<Record<string, unknown>>;

  constructor(document: ProblemDocument) {
    super(document.detail);
    this.name = 'ApiProblem';
    this.code = document.code;
    this.status = document.status;
    this.fix = document.fix;
    this.retryAfterSeconds = document.retryAfterSeconds;
    this.errors = document.errors ?? [];
    this.instance = document.instance;
    this.document = document as ApiProblem['document'];
  }
}

/** No answer came: whether the call did something is not known. `cause` has the reason. */
export class NoAnswerError extends Error {
  constructor(url: string, cause: unknown) {
    super(`no answer from ${url}: ${reasonOf(cause)}`, { cause });
    this.name = 'NoAnswerError';
  }
}

/** What answered is not Fairlead, or not a version that this client knows. */
export class StrangeAnswerError extends Error {
  readonly status: number;

  constructor(url: string, status: number, options?: ErrorOptions) {
    super(`${url} answered ${status}, and not as Fairlead does: check the address`, options);
    this.name = 'StrangeAnswerError';
    this.status = status;
  }
}

/** Whether this is a problem document; `error` is a parsed body. */
export function isProblem(error: unknown): error is ProblemDocument {
  if (typeof error !== 'object' || error === null) return false;
  const { code, status, detail } = error as Record<string, unknown>;
  return typeof code === 'string' && typeof status === 'number' && typeof detail === 'string';
}

/** Of a failed fetch: what happened to the connection is in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
