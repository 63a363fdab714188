import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Time between two calls of the replica that sweeps a shard … */
const INTERVAL_MS = 1_000;
/** … which may be longer, up to this, … */
const MAX_INTERVAL_MS = 2_000;
/** … so that one that sweeps them all has as much as this between any two calls. */
const APART_MS = 125;
/** How long a shard is left alone when the replica that sweeps it is gone, past its interval. */
const LEASE_MARGIN_MS = 2_000;
/** A replica that does not sweep asks no more often whether the one that does is still there. */
const STANDBY_MS = 5_000;
/** Known workspaces looked at in one call: foreign work starts late by known / 1,000 intervals at most. */
const SLICE = 1_000;
/** How long a corrupt queue is left alone before it is tried again. */
const QUARANTINE_MS = 60_000;

export interface SweepOptions {
  /** Of the cluster. */
  readonly shards: number;
  readonly replicaId: string;
  /** How long a queue must have been drained before what it left is tidied away. */
  readonly tidyAfterMs: number;
}

/** How often each of so many shards is swept, ms. */
export function sweepIntervalMs(shards: number): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(INTERVAL_MS, shards * APART_MS));
}

/** One look of the sweep, or none when another replica sweeps; answers when to ask again. See sweep.lua. */
export async function sweepShard(
  redis: RedisHandle,
  shard: number,
  { shards, replicaId, tidyAfterMs }: SweepOptions,
): Promise<number> {
  const intervalMs = sweepIntervalMs(shards);
  const answer = (await callScript(redis, 'sweep', routingKey(shard), [
    shardPrefix(shard),
    replicaId,
    SLICE,
    QUARANTINE_MS,
    tidyAfterMs,
    intervalMs + LEASE_MARGIN_MS,
  ])) as [taken: 0, remainingMs: number] | [ours: 1, looked: number, found: number];
  return answer[0] === 0 ? Math.max(STANDBY_MS, answer[1]) : intervalMs;
}
