/**
 * When a waiting job will probably start.
 *
 *     at = now + max( position / service rate,   time until the bucket has had `position` tokens,   BullMQ's own limit )
 *
 * The service rate is what the workspace had lately, or the part of everybody's that its weight entitles it to where
 * that is more: one that had little work lately was slow for want of it. While its slots are all taken its own jobs set
 * the pace, so only its own rate counts. Rates come from the last window of `served.ts`: they know nothing of what
 * changes from now on (a pause, a higher priority, other workspaces that wake up), nor of how long these jobs take.
 *
 * Where there was no service lately nothing is said, but for tokens, whose time is known without it.
 */
import { type Bucket, refill, TOKEN } from './quota.ts';
import type { RecentService } from './served.ts';

export interface Prospects {
  /** Redis' time. */
  readonly nowMs: number;
  readonly weight: number;
  readonly recent: RecentService;
  /** As many jobs in flight as its concurrency allows. */
  readonly slotsTaken: boolean;
  /** Undefined without a rate quota. */
  readonly quota?: {
    readonly ratePerSecond: number;
    readonly burst: number;
    readonly bucket: Bucket | undefined;
  };
  /** The bucket is what holds it back at present. */
  readonly awaitsTokens: boolean;
  /** No start before this. */
  readonly notBeforeMs?: number | undefined;
}

/** Later than that is no estimate any more. */
const FARTHEST_MS = 365 * 24 * 3_600_000;

/**
 * @param position 1 for the next job of its workspace
 * @returns ms since 1970, never before now; undefined when nothing can be said
 */
export function estimateStart(position: number, of: Prospects): number | undefined {
  const { nowMs, notBeforeMs = nowMs } = of;
  const rate = serviceRate(of);
  if (rate === 0 && !of.awaitsTokens) return undefined;
  const byService = rate === 0 ? 0 : position / rate;
  const waitMs = Math.ceil(Math.max(0, byService, tokenWaitMs(position, of), notBeforeMs - nowMs));
  return waitMs > FARTHEST_MS ? undefined : nowMs + waitMs;
}

/** Starts a millisecond. */
function serviceRate({ recent, weight, slotsTaken }: Prospects): number {
  const { starts, allStarts, allWeights, windowMs } = recent;
  if (windowMs === 0) return 0;
  const own = starts / windowMs;
  if (slotsTaken) return own;
  const weights = starts > 0 ? allWeights : allWeights + weight;
  return Math.max(own, (allStarts * Math.min(1, weight / weights)) / windowMs);
}

function tokenWaitMs(position: number, { quota, nowMs }: Prospects): number {
  if (quota === undefined) return 0;
  const { tokens, atUs } = refill(quota.bucket, quota.ratePerSecond, quota.burst, nowMs * 1_000);
  const missing = position * TOKEN - tokens;
  return missing <= 0 ? 0 : (atUs + missing / quota.ratePerSecond) / 1_000 - nowMs;
}
