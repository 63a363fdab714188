import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

export interface CapacityToPublish {
  /** Attempts that may run at once in the whole cluster. */
  readonly capacity: number;
  /** Of the lease under which it was decided. */
  readonly epoch: number;
}

const SHARD = 0;

/** `old_epoch`: somebody else leads by now, and nothing was changed. See publish-capacity.lua. */
export async function publishCapacity(
  redis: RedisHandle,
  { capacity, epoch }: CapacityToPublish,
): Promise<'published' | 'old_epoch'> {
  const args = [shardPrefix(SHARD), capacity, epoch];
  const published = await callScript(redis, 'publish-capacity', routingKey(SHARD), args);
  return published === 1 ? 'published' : 'old_epoch';
}
