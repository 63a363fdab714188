/** Why capacity is what it is. Stable: alerts, dashboards and runbooks match on these. */
export const AUTOSCALE_REASONS = [
  'operator_override',
  'operator_step',
  'override_expired',
  'guardrail_step_down',
  'guardrail_hold',
  'ramp_step',
  'demand_step_down',
  'hold_target_reached',
  'hold_ramp_window',
  'hold_cooldown',
  'hold_stabilizing',
  'hold_quota_bound',
  'hold_signal_missing',
  'hold_actuation_pending',
] as const;
export type AutoscaleReason = (typeof AUTOSCALE_REASONS)[number];

/** What kept `to` from what was wanted. */
export const AUTOSCALE_LIMITS = ['scale_up_limit', 'at_cap', 'at_floor', 'override_clamped'] as const;
export type AutoscaleLimit = (typeof AUTOSCALE_LIMITS)[number];
