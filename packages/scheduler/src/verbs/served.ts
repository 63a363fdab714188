import type { Runs } from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

const CHUNK = 500;
const NO_RUNS: Runs = { count: 0, totalMs: 0 };

/** Reports how many jobs of each workspace of a shard were started in the last `coversMs`, and what ran. See served.lua. */
export async function reportServed(
  redis: RedisHandle,
  shard: number,
  started: ReadonlyMap<string, number>,
  runs: Runs,
  coversMs: number,
): Promise<void> {
  const entries = [...started];
  for (let from = 0; from === 0 || from < entries.length; from += CHUNK) {
    const { count, totalMs } = from === 0 ? runs : NO_RUNS;
    const head = [shardPrefix(shard), Math.ceil(coversMs), count, Math.round(totalMs)];
    await callScript(redis, 'served', routingKey(shard), [
      ...head,
      ...entries.slice(from, from + CHUNK).flat(),
    ]);
  }
}
