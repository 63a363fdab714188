import type { Redis } from 'ioredis';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

const CHUNK = 500;

/** Reports how many jobs of each workspace of a shard were started in the last `coversMs`. See served.lua. */
export async function reportServed(
  redis: Redis,
  shard: number,
  started: ReadonlyMap<string, number>,
  coversMs: number,
): Promise<void> {
  const entries = [...started];
  for (let from = 0; from < entries.length; from += CHUNK) {
    const args = [shardPrefix(shard), Math.ceil(coversMs), ...entries.slice(from, from + CHUNK).flat()];
    await callScript(redis, 'served', routingKey(shard), args);
  }
}
