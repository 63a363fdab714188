/** What the watchdog looks at. Times are the replica's own monotonic ones. */
export interface Vitals {
  readonly nowMs: number;
  readonly freeSlots: number;
  /** Handlers that still run after their attempt was given up. */
  readonly overdue: number;
  readonly concurrency: number;
  /** When the replica last got jobs, learnt that there are none, or had no slot for any. */
  readonly progressAtMs: number;
  /** What came of asking since then. */
  readonly obstacle: 'none' | 'claim_pending' | 'claim_failed' | 'no_generation' | 'empty_claims';
}

export type Health = { readonly healthy: true } | { readonly healthy: false; readonly reason: string };

const REASONS: Record<Vitals['obstacle'], string> = {
  none: 'has not asked for work',
  claim_pending: 'waits for an answer from Redis',
  claim_failed: 'cannot claim: Redis answers with errors',
  no_generation: 'may not claim: Redis has no settings until a dispatcher has restored them',
  empty_claims: 'is told that there is runnable work, but gets none',
};

/**
 * Whether the replica makes progress. That its loop runs says nothing: after failovers, workers were seen
 * that were connected, looked alive, and took no job.
 */
export function examine(vitals: Vitals, stuckAfterMs: number): Health {
  if (vitals.overdue >= vitals.concurrency) {
    const reason = `all ${vitals.concurrency} slots are held by handlers that ignore their signal`;
    return { healthy: false, reason };
  }
  const stuckMs = vitals.nowMs - vitals.progressAtMs;
  if (vitals.freeSlots <= 0 || stuckMs < stuckAfterMs) return { healthy: true };
  const reason = `for ${Math.round(stuckMs / 1_000)} s it ${REASONS[vitals.obstacle]}`;
  return { healthy: false, reason };
}
