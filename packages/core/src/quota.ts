/**
 * Quotas of a workspace: slots (how many jobs at once) and tokens (how many starts a second).
 *
 * Slots are counted, never kept: in flight is the length of the queue's own active list, so no counter
 * can drift. Tokens are integer micro-tokens and the server's microseconds: `rate` tokens a second are
 * `rate` micro-tokens a microsecond, and a refill is one multiplication.
 */

import type { WorkspaceConfig } from './workspace.ts';

/** One start, in micro-tokens. */
export const TOKEN = 1_000_000;

/** The quota of a workspace that was not promoted: slots, and starts a second where those follow it. */
export const BASE_QUOTA = 64;

/** What holds for a workspace once its quota is put in; 0 = unlimited. */
export interface Limits {
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The numbers of a workspace: its own, or those of its quota on the ladder. */
export function limitsOf(config: WorkspaceConfig, quota: number): Limits {
  const number = (value: number | 'quota') => (value === 'quota' ? quota : value);
  return {
    concurrency: number(config.concurrency),
    ratePerSecond: number(config.ratePerSecond),
    burst: number(config.burst),
  };
}

export interface Bucket {
  /** Micro-tokens there at `atUs`. */
  readonly tokens: number;
  /** Server time of that count, µs. */
  readonly atUs: number;
}

/** Jobs that may start now; `concurrency` 0 is unlimited. Never negative. */
export function freeSlots(concurrency: number, active: number): number {
  return concurrency === 0 ? Number.POSITIVE_INFINITY : Math.max(0, concurrency - active);
}

/**
 * The bucket at `nowUs`. One that was never used is full; a clock that went backwards adds nothing; what
 * is less than a micro-token is not lost but left to the next refill.
 */
export function refill(
  bucket: Bucket | undefined,
  ratePerSecond: number,
  burst: number,
  nowUs: number,
): Bucket {
  const capacity = burst * TOKEN;
  if (!bucket) return { tokens: capacity, atUs: nowUs };
  const gained = Math.floor(Math.max(0, nowUs - bucket.atUs) * ratePerSecond);
  if (gained === 0) return { tokens: Math.min(bucket.tokens, capacity), atUs: bucket.atUs };
  return { tokens: Math.min(capacity, bucket.tokens + gained), atUs: nowUs };
}

/** Whole starts that the bucket allows. */
export function startsAllowed(bucket: Bucket): number {
  return Math.floor(bucket.tokens / TOKEN);
}

/** Server time, in whole ms, at which a bucket with less than one token has one. */
export function nextTokenAtMs(bucket: Bucket, ratePerSecond: number): number {
  const waitUs = Math.ceil((TOKEN - bucket.tokens) / ratePerSecond);
  return Math.ceil((bucket.atUs + waitUs) / 1_000);
}

/** The bucket after `starts` starts. */
export function spend(bucket: Bucket, starts: number): Bucket {
  return { tokens: bucket.tokens - starts * TOKEN, atUs: bucket.atUs };
}
