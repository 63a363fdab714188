import type { Redis } from 'ioredis';
import { wakeKey } from './keys.ts';

/** Longest block: a wake-up that died with the replica it woke delays others by no more than this. */
const MAX_BLOCK_MS = 5_000;
/** Redis takes seconds; anything shorter than this is not worth a round trip. */
const MIN_BLOCK_MS = 5;

/**
 * Waits for a wake-up on a blocking connection of its own, at most `waitMs`. An idle replica costs one
 * blocked command every five seconds.
 */
export async function blockForWakeUp(redis: Redis, shards: number, waitMs: number): Promise<void> {
  const blockMs = Math.min(MAX_BLOCK_MS, waitMs);
  if (blockMs < MIN_BLOCK_MS) {
    await new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, blockMs)));
    return;
  }
  const keys = Array.from({ length: shards }, (_, shard) => wakeKey(shard));
  await redis.blpop(...(keys as [string, ...string[]]), blockMs / 1_000);
}
