/**
 * How long to wait before the next try: exponential with full jitter, so that replicas which lost Redis
 * together do not come back together.
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param tries failures in a row so far, 1 or more
 * @param random in [0, 1)
 */
export function backoffMs(tries: number, random: () => number): number {
  const ceilingMs = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(tries - 1, 20));
  // Never 0: a tight loop on an error that comes at once is what this is there to prevent.
  return Math.max(MIN_MS, Math.floor(random() * ceilingMs));
}

const BASE_MS = 100;
const MIN_MS = 20;
/** A replica is back to work at most this long after Redis is. */
const MAX_MS = 3_000;
