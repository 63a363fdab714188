/** How far producers are held back: not at all, asked to slow down, or refused. */
export const LEVELS = ['none', 'soft', 'hard'] as const;
export type Level = (typeof LEVELS)[number];

/** Why accepted work does not run, or why more is not accepted. Stable: clients and alerts match on these. */
export const BACKPRESSURE_REASONS = [
  'none',
  'quota_exhausted',
  'capacity_exhausted',
  'rate_tokens_exhausted',
  'queue_age_over_target',
  'backlog_limit',
  'contention_guardrail',
  'redis_pressure',
  'operator_pause',
  'cleared',
] as const;
export type BackpressureReason = (typeof BACKPRESSURE_REASONS)[number];
