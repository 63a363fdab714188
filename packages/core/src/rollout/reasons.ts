/** Criteria that end a rollout. */
export const STOP_REASONS = [
  'stop_enqueue_failures',
  'stop_duplicate_dispatch',
  'stop_queue_lag',
  'stop_error_regression',
  'stop_duplicate_send',
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** Why a rollout stands where it does. Stable: alerts, dashboards and runbooks match on these. */
export const ROLLOUT_REASONS = [
  'stage_started',
  'stage_holding',
  'stage_inconclusive',
  'stage_passed',
  'advanced',
  'paused',
  'resumed',
  'aborted',
  'rolled_back',
  'completed',
  ...STOP_REASONS,
] as const;
export type RolloutReason = (typeof ROLLOUT_REASONS)[number];
