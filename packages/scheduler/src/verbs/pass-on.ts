import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Wakes another replica for the work of a shard; answers whether there is any. */
export async function passOn(redis: RedisHandle, shard: number): Promise<boolean> {
  return (await callScript(redis, 'pass-on', routingKey(shard), [shardPrefix(shard)])) === 1;
}
