/**
 * Why a workspace that has work may not start it now. The position is the number that the scheduler's
 * scripts store, so the order is part of the format.
 *
 * - `delayed`: all its jobs are due later
 * - `slots`: as many jobs in flight as its concurrency allows
 * - `tokens`: its token bucket is empty
 * - `rate_limited`: BullMQ's own rate limit of the queue
 * - `queue_paused`: the queue was paused, or capped, with BullMQ's own means
 * - `paused`: the workspace is paused
 */
export const PARK_REASONS = ['delayed', 'slots', 'tokens', 'rate_limited', 'queue_paused', 'paused'] as const;

export type ParkReason = (typeof PARK_REASONS)[number];
