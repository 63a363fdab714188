/**
 * Waiting for work without asking: blocked on the lists of one server, or listening to the bells of a cluster.
 */
import type { Cluster, Redis } from 'ioredis';
import { createBells } from './bells.ts';
import { connectToServer, disconnect, type RedisHandle, type RedisOptions } from './connection.ts';
import { wakeKey } from './keys.ts';

export interface WakeUp {
  /** Returns after a wake-up, or after `waitMs`, or after five seconds. */
  wait(waitMs: number): Promise<void>;
  /** Ends a wait early where that costs nothing. */
  stir(): void;
  /** Ends all waits. */
  end(): void;
  stop(): Promise<void>;
}

export interface WakeUpOptions {
  readonly redis: RedisOptions;
  readonly shards: number;
  readonly replicaId: string;
  /** Work came to this shard. */
  readonly onRung: (shard: number) => void;
  readonly onError: (error: Error) => void;
}

/** Longest wait: a wake-up that died with the replica it woke delays others by no more than this. */
const MAX_WAIT_MS = 5_000;
/** Redis takes seconds; anything shorter than this is not worth a round trip. */
const MIN_BLOCK_MS = 5;

/** On a connection of its own, or on one for each primary. An idle replica costs no more than a command in five seconds. */
export function createWakeUp(redis: RedisHandle, options: WakeUpOptions): WakeUp {
  if (!redis.isCluster) return blockOnServer(options);
  const bells = createBells({
    ...options,
    cluster: redis as Cluster,
    connectionName: `${options.redis.connectionName ?? 'fairlead'}:wait:${options.replicaId}`,
  });
  return {
    wait: (waitMs) => bells.wait(Math.min(MAX_WAIT_MS, waitMs)),
    stir: bells.stir,
    end: bells.stop,
    stop: async () => bells.stop(),
  };
}

function blockOnServer({ redis, shards, replicaId, onRung, onError }: WakeUpOptions): WakeUp {
  const blocking: Redis = connectToServer(redis, 'patient', `wait:${replicaId}`, onError);
  const keys = Array.from({ length: shards }, (_, shard) => wakeKey(shard)) as [string, ...string[]];
  return {
    async wait(waitMs) {
      const blockMs = Math.min(MAX_WAIT_MS, waitMs);
      if (blockMs < MIN_BLOCK_MS) {
        await new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, blockMs)));
        return;
      }
      const woken = await blocking.blpop(...keys, blockMs / 1_000);
      if (woken) onRung(keys.indexOf(woken[0]));
    },
    stir() {},
    end: () => blocking.disconnect(),
    stop: () => disconnect(blocking),
  };
}
