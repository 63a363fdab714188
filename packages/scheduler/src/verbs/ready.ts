import type { Redis } from 'ioredis';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Why a workspace may have become runnable: jobs were added, or one of its slots was freed. */
export type ReadyBecause = 'added' | 'freed';

/** Marks workspaces of one shard ready. */
export async function markReady(
  redis: Redis,
  shard: number,
  because: ReadyBecause,
  eventStreamLength: number,
  workspaces: readonly string[],
): Promise<void> {
  const args = [shardPrefix(shard), because, eventStreamLength, ...workspaces];
  await callScript(redis, 'ready', routingKey(shard), args);
}
