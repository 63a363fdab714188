/**
 * Windows are spans [start, end) of fixed length, one after the other without gap or overlap, counted from the moment
 * counting began. A decision is taken on the counts of a whole window, never on the last tick's sample:
 *
 *     began                                              now
 *       |---- w0 ----|---- w1 ----|---- w2 ----|-- open --|
 *                    judged at the first tick here, whenever that is
 *
 * So it does not matter how often or how punctually the controller ticks, and "4 windows of 30 minutes" cannot be
 * over before 120 minutes are. The state holds where the open window starts and nothing else; the counts of the
 * window are a signal, recorded with the decision that judged them.
 */
export interface Span {
  /** ms, inclusive. */
  readonly startMs: number;
  /** ms, exclusive. */
  readonly endMs: number;
}

/** The window that starts at `startMs`. */
export function windowFrom(startMs: number, lengthMs: number): Span {
  return { startMs, endMs: startMs + lengthMs };
}

/** Whether counts of `counted` are those of the whole of `wanted` and of nothing else. */
export function isSameSpan(counted: Span, wanted: Span): boolean {
  return counted.startMs === wanted.startMs && counted.endMs === wanted.endMs;
}
