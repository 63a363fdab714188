import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** A shard by which a loss of data is noticed. */
export interface ShardState {
  readonly shard: number;
  /** Written once settings are in place; another one means that the data is gone. */
  readonly generation: string | undefined;
  /** Raised every second; an older one than before means that the last seconds are gone. */
  readonly beat: number | undefined;
  /** Another one means a restart or a failover. */
  readonly server: string;
}

/** Raises the beat of a shard that still is as it was seen; answers whether it was. See beat.lua. */
export async function raiseBeat(redis: RedisHandle, seen: ShardState, beat: number): Promise<boolean> {
  const { shard, generation = '', beat: before = '' } = seen;
  const args = [shardPrefix(shard), generation, before, beat];
  return (await callScript(redis, 'beat', routingKey(shard), args)) === 1;
}
