import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequestInput } from './input.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an answer means for the job. Reasons hold the status and nothing of the answer's text. */
export type Verdict =
  | { readonly outcome: 'succeeded' }
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs: number | undefined }
  | { readonly outcome: 'permanent'; readonly reason: string };

export interface VerdictPolicy {
  readonly expect: HttpRequestInput['expect'];
  readonly nowMs: number;
  readonly maxRetryAfterMs: number;
}

/** 4xx that speak of the moment and not of the request. */
const PASSING = new Set([408, 425, 429]);

/**
 * Success is what the job expects. Of the rest, 5xx, 408, 425 and 429 may pass; other 4xx will not, and a
 * redirect is not followed: it would take the signature, and a body that somebody else chose, to a place that the job did not name.
 * An unexpected 2xx is tried again: the endpoint took the request but is not where the job wants it.
 */
export function judge(status: number, headers: IncomingHttpHeaders, policy: VerdictPolicy): Verdict {
  if (policy.expect.some((wanted) => includes(wanted, status))) return { outcome: 'succeeded' };
  if (status >= 300 && status < 400) {
    const reason = `answered ${status}, and redirects are not followed: put the final address into the job's url`;
    return { outcome: 'permanent', reason };
  }
  if (status >= 400 && status < 500 && !PASSING.has(status)) {
    const gone = status === 410 ? ': the endpoint is gone for good' : '';
    return { outcome: 'permanent', reason: `answered ${status}${gone}` };
  }
  const afterMs = retryAfterMs(headers, policy.nowMs, policy.maxRetryAfterMs);
  return { outcome: 'retry', reason: `answered ${status}`, afterMs };
}

function includes(wanted: number | string, status: number): boolean {
  if (typeof wanted === 'number') return wanted === status;
  const [from, to] = wanted.split('-');
  return status >= Number(from) && status <= Number(to);
}
