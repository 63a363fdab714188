/**
 * Trying again, when that cannot do anything twice.
 *
 * A call is repeated when it asks (GET), when it says how things shall be (PUT, DELETE), and when it carries an
 * `Idempotency-Key`; and only after 429, 503, or no answer at all. The server says in `Retry-After` when; without
 * it the waits grow. A body that is read while it is sent is gone afterwards, and such a call is not repeated.
 */
export interface RetryOptions {
  /** In all, with the first one; default 4. */
  readonly attempts?: number;
  /** A call whose server asks for a longer wait fails at once; default 30 s. */
  readonly maxWaitMs?: number;
  /** Resolves after a time; for those who have a clock of their own. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type Send = (request: Request) => Promise<Response>;

const FIRST_WAIT_MS = 250;
const TRANSIENT = new Set([429, 503]);
const SAFE = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** `send`, with more attempts for the calls that may have them. */
export function retrying(send: Send, options: RetryOptions = {}): Send {
  const { attempts = 4, maxWaitMs = 30_000, wait = waitFor } = options;

  return async (request) => {
    if (!isRepeatable(request)) return send(request);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      const answer = await send(isLast ? request : request.clone()).catch((error: unknown) => {
        if (isLast || request.signal.aborted) throw error;
        return undefined;
      });
      if (answer !== undefined && (isLast || !TRANSIENT.has(answer.status))) return answer;
      const waitMs = askedWaitMs(answer) ?? Math.random() * FIRST_WAIT_MS * 2 ** attempt;
      if (answer !== undefined && waitMs > maxWaitMs) return answer;
      await answer?.body?.cancel();
      await wait(Math.min(waitMs, maxWaitMs), request.signal);
    }
  };
}

function isRepeatable(request: Request): boolean {
  return SAFE.has(request.method) || request.headers.has('idempotency-key');
}

/** Retry-After in seconds, or as a date. */
function askedWaitMs(answer: Response | undefined): number | undefined {
  const asked = answer?.headers.get('retry-after');
  if (asked === null || asked === undefined) return undefined;
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
