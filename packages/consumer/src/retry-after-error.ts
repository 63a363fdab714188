const RETRY_AFTER = Symbol.for('fairlead.retryAfterMs');

/**
 * Thrown by a handler that knows when trying again can help: the next attempt comes after the job's own backoff, and not before
 * `retryAfterMs` have passed. It counts as an attempt like any other failure.
 */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';
  readonly [RETRY_AFTER]: number;

  /** @param retryAfterMs what is not a positive number asks for nothing */
  constructor(message: string, retryAfterMs: number) {
    super(message);
    this[RETRY_AFTER] = retryAfterMs;
  }
}

/** The least delay that an error asks for, in milliseconds; 0 for none. By brand, like `isPermanent`. */
export function retryAfterOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  try {
    const ms = (error as { [RETRY_AFTER]?: unknown })[RETRY_AFTER];
    return typeof ms === 'number' && ms > 0 && Number.isFinite(ms) ? ms : 0;
  } catch {
    return 0;
  }
}
