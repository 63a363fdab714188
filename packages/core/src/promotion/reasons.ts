/** Why a workspace's quota is what it is. Stable: alerts, dashboards and runbooks match on these. */
export const PROMOTION_REASONS = [
  'feature_disabled',
  'not_eligible',
  'healthy_window_waiting_interval',
  'healthy_window_recorded',
  'window_insufficient_data',
  'threshold_breach',
  'gate_open',
  'demotion_waiting_interval',
  'demotion_breach_recorded',
  'demotion_gate_closed',
  'duplicate_send_immediate_demotion',
  'requalify_cooldown',
  'operator_freeze',
] as const;
export type PromotionReason = (typeof PROMOTION_REASONS)[number];

/** Which lines of a window were crossed. */
export const PROMOTION_LIMITS = ['queue_age', 'failure_rate', 'contention', 'duplicate_send'] as const;
export type PromotionLimit = (typeof PROMOTION_LIMITS)[number];
