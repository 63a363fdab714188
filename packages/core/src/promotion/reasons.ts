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

/** Of a hold that judged a window, and of the waiting for the next one. */
export const WINDOW_JUDGED: ReadonlySet<string> = new Set<PromotionReason>([
  'healthy_window_recorded',
  'window_insufficient_data',
  'threshold_breach',
  'demotion_breach_recorded',
]);
export const WAITING_FOR_A_WINDOW: ReadonlySet<string> = new Set<PromotionReason>([
  'healthy_window_waiting_interval',
  'demotion_waiting_interval',
]);

/** Which lines of a window were crossed. */
export const PROMOTION_LIMITS = ['queue_age', 'failure_rate', 'contention', 'duplicate_send'] as const;
export type PromotionLimit = (typeof PROMOTION_LIMITS)[number];
