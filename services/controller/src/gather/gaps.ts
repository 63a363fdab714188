import type { Span } from '@fairlead/core';

/** Times in which something was counted that nobody will ever read: whatever covers one of them is not known. */
export type Gaps = readonly Span[];

/** Adds one, and forgets those that ended before `keepFromMs`. */
export function withGap(gaps: Gaps, gap: Span, keepFromMs: number): Gaps {
  return [...gaps.filter(({ endMs }) => endMs >= keepFromMs), gap];
}

/** Whether everything that was counted in this time is known. */
export function isWhole(gaps: Gaps, span: Span): boolean {
  return gaps.every((gap) => gap.endMs < span.startMs || gap.startMs >= span.endMs);
}
