import type { Seen } from '../fair-system.ts';

/** Clocks are read in whole milliseconds somewhere on the way. */
const CLOCK_MS = 1;

/**
 * Starts of a workspace beyond `burst + ratePerSecond × t`, t from the start of the contest, at the worst moment; negative
 * while there was room at every one. Counting begins with the contest, so a start that was granted and came late is not
 * taken for one too many.
 */
export function startsBeyondTokens(
  seen: Seen,
  workspace: string,
  ratePerSecond: number,
  burst: number,
): number {
  const startsMs = startsOf(seen, workspace);
  const beyond = startsMs.map(
    (atMs, n) => n + 1 - Math.floor(burst + (ratePerSecond * (atMs + CLOCK_MS)) / 1_000),
  );
  return Math.max(Number.NEGATIVE_INFINITY, ...beyond);
}

/** The part of its tokens that a workspace used up to its last start; 1 is all. */
export function tokensUsed(seen: Seen, workspace: string, ratePerSecond: number, burst: number): number {
  const startsMs = startsOf(seen, workspace);
  const lastMs = startsMs.at(-1);
  return lastMs === undefined ? 0 : startsMs.length / (burst + (ratePerSecond * lastMs) / 1_000);
}

function startsOf(seen: Seen, workspace: string): number[] {
  return seen.attempts
    .flatMap((attempt) => (attempt.workspace === workspace ? (attempt.startedAtMs ?? []) : []))
    .sort((a, b) => a - b);
}
