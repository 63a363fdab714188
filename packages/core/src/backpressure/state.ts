import type { BackpressureReason, Level } from './reasons.ts';

/** What backpressure remembers of one workspace, or of the cluster. */
export interface BackpressureState {
  readonly level: Level;
  /** What the level is for; `none` without one. */
  readonly reason: BackpressureReason;
  /** Ticks in a row with everything under 90 % of the level's lines. */
  readonly underTicks: number;
  /** Since when there is a level, ms. */
  readonly sinceMs: number | null;
}

/** No pressure: also what a workspace that was never decided on has. */
export const INITIAL_BACKPRESSURE: BackpressureState = Object.freeze({
  level: 'none',
  reason: 'none',
  underTicks: 0,
  sinceMs: null,
});
