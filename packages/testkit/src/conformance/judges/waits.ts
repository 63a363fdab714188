import { nearestRank } from '@fairlead/core';
import type { Attempt, Seen } from '../fair-system.ts';

/** Waits of these attempts, ascending, ms; what has not started has waited until the look was taken. */
export function waitsOf(seen: Seen, of: (attempt: Attempt) => boolean): number[] {
  return seen.attempts
    .filter((attempt) => of(attempt) && attempt.readyAtMs <= seen.atMs)
    .map(({ readyAtMs, startedAtMs }) => (startedAtMs ?? seen.atMs) - readyAtMs)
    .sort((a, b) => a - b);
}

/** The p-quantile of the waits; infinite when there were none, which is no good wait. */
export function waitQuantile(seen: Seen, p: number, of: (attempt: Attempt) => boolean): number {
  const waits = waitsOf(seen, of);
  return waits.length === 0 ? Number.POSITIVE_INFINITY : nearestRank(waits, p);
}
