import { type Span, windowFrom } from '../window/window.ts';
import type { PromotionPolicy } from './policy.ts';

/** What promotion remembers of one workspace. Six numbers: there are 50,000 of these. */
export interface PromotionState {
  readonly quota: number;
  /** Start of the window that is open, ms; null = nothing is being counted. */
  readonly windowStartMs: number | null;
  /** Healthy promotion windows in a row. */
  readonly healthy: number;
  /** Breached demotion windows in a row. */
  readonly breached: number;
  /** End of the cooldown after a demotion, ms. */
  readonly requalifyAtMs: number | null;
  readonly duplicatesSeen: number | null;
}

/** A workspace that was never decided on. */
export function initialPromotion(policy: PromotionPolicy): PromotionState {
  return {
    quota: policy.baseQuota,
    windowStartMs: null,
    healthy: 0,
    breached: 0,
    requalifyAtMs: null,
    duplicatesSeen: null,
  };
}

export function isPromoted(policy: PromotionPolicy, state: PromotionState): boolean {
  return state.quota > policy.baseQuota;
}

/** The window whose counts the next judgement needs; null when nothing is being counted. */
export function openWindow(policy: PromotionPolicy, state: PromotionState): Span | null {
  if (state.windowStartMs === null) return null;
  return windowFrom(
    state.windowStartMs,
    isPromoted(policy, state) ? policy.demotionWindowMs : policy.windowMs,
  );
}

/**
 * Whether a window is over and not judged. One decision judges one window; after a pause of the controller ask again
 * with the next state and the same `now` until this is false, so that no window is skipped or judged as part of another.
 */
export function isWindowDue(policy: PromotionPolicy, state: PromotionState, now: number): boolean {
  const open = openWindow(policy, state);
  return open !== null && now >= open.endMs;
}
