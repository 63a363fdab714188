/**
 *                      start            hold over, enough seen, nothing wrong
 *     draft ─────────────────▶ running ──────────────────────▶ … ▶ completed
 *                               ▲   │ pause
 *                        resume │   ▼
 *                              paused          from running or paused, at any time, in one decision:
 *                                                ─ a stop criterion ──▶ rolled_back  (share 0)
 *                                                ─ abort ─────────────▶ aborted      (share 0)
 */
export const ROLLOUT_STATUSES = [
  'draft',
  'running',
  'paused',
  'completed',
  'aborted',
  'rolled_back',
] as const;
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** How those without the change did, when there was still somebody without it. */
export interface Baseline {
  readonly finished: number;
  readonly dead: number;
  readonly queueAgeP95Ms: number;
}

/** What a rollout remembers. */
export interface RolloutState {
  readonly status: RolloutStatus;
  /** Index of the stage. */
  readonly stage: number;
  /** Share of workspaces with the change, basis points: what a workspace's `isInCohort` asks. */
  readonly shareBp: number;
  /** Since when this stage is held, ms. */
  readonly holdStartMs: number | null;
  /** The stage has passed, and the next decision goes on. */
  readonly passed: boolean;
  readonly commandNumber: number;
  readonly duplicatesSeen: number | null;
  readonly baseline: Baseline | null;
}

export const INITIAL_ROLLOUT: RolloutState = Object.freeze({
  status: 'draft',
  stage: 0,
  shareBp: 0,
  holdStartMs: null,
  passed: false,
  commandNumber: 0,
  duplicatesSeen: null,
  baseline: null,
});
