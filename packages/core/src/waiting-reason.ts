import type { ParkReason } from './park-reason.ts';

/**
 * Why a job that was accepted is not running. The names are those of the controller's backpressure decisions where it
 * has one.
 *
 * - `delayed`: it is due later
 * - `operator_pause`: its workspace is paused
 * - `quota_exhausted`: its workspace has as many jobs in flight as its concurrency allows
 * - `rate_tokens_exhausted`: its workspace has started as many jobs as its rate allows
 * - `rate_limited`: BullMQ's own rate limit of the queue
 * - `queue_paused`: the queue was paused, or capped, with BullMQ's own means
 * - `capacity_exhausted`: nothing but its turn is missing: all slots of the replicas are taken, or others come first
 * - `no_consumer`: no replica is alive
 * - `unknown_type`: the replica that had it has no handler of its type; another may come
 * - `quarantined`: the keys of its queue are not what BullMQ expects, and it is left alone for a while
 * - `not_queued_yet`: it is durable, and not in Redis: the relay or the reconciler adds it
 * - `redis_pressure`: the same, and Redis is too full to add it now
 */
export const WAITING_REASONS = [
  'delayed',
  'operator_pause',
  'quota_exhausted',
  'rate_tokens_exhausted',
  'rate_limited',
  'queue_paused',
  'capacity_exhausted',
  'no_consumer',
  'unknown_type',
  'quarantined',
  'not_queued_yet',
  'redis_pressure',
] as const;

export type WaitingReason = (typeof WAITING_REASONS)[number];

/** Where the workspace of a waiting job stands. */
export interface Hindrances {
  readonly paused: boolean;
  readonly quarantined: boolean;
  readonly hasConsumer: boolean;
  /** Why the last claim parked the workspace; undefined when it is not parked. */
  readonly parkedReason: ParkReason | undefined;
}

const OF_PARKED: Record<ParkReason, WaitingReason> = {
  slots: 'quota_exhausted',
  tokens: 'rate_tokens_exhausted',
  rate_limited: 'rate_limited',
  queue_paused: 'queue_paused',
  paused: 'operator_pause',
  // It has work by now, and the next claim finds it.
  delayed: 'capacity_exhausted',
};

/**
 * Why the runnable jobs of a workspace wait. What a person has to end comes before what time ends: without replicas
 * nobody looks whether a token has come.
 */
export function waitingReason(of: Hindrances): WaitingReason {
  if (of.quarantined) return 'quarantined';
  if (of.paused) return 'operator_pause';
  if (!of.hasConsumer) return 'no_consumer';
  return of.parkedReason === undefined ? 'capacity_exhausted' : OF_PARKED[of.parkedReason];
}
