/**
 * How replicas of a cluster hear of work: each primary has one connection of the replica, subscribed to the shards that
 * it serves. Nobody can block on lists of several slots, and asking is what an idle replica must not do.
 *
 *     add ──▶ {fl7}:~wake: a token, and a bell ──▶ all that listen ──▶ who takes the token comes
 *
 * When the cluster changes, the connections follow. What rang meanwhile was not heard, so a shard that is heard anew
 * counts as rung.
 */
import type { Cluster, Redis } from 'ioredis';
import { primaries, primaryOf } from './cluster-nodes.ts';
import { reconnectAfterMs } from './connection.ts';
import { wakeKey } from './keys.ts';

export interface Bells {
  /** Resolves when a shard rings and this replica is to come, when `stir` is called, or after `waitMs`. */
  wait(waitMs: number): Promise<void>;
  /** Ends a wait, or the next one, which then finds it ended. */
  stir(): void;
  /** Ends all waits, for ever. */
  stop(): void;
}

interface Listener {
  readonly redis: Redis;
  readonly heard: Set<number>;
}

/** After a node refused a subscription: the slot is elsewhere, and soon it will be known where. */
const LOOK_AGAIN_MS = 500;

export function createBells(options: {
  readonly cluster: Cluster;
  readonly shards: number;
  readonly connectionName: string;
  readonly onRung: (shard: number) => void;
  readonly onError: (error: Error) => void;
}): Bells {
  const { cluster, onRung, onError } = options;
  const listeners = new Map<string, Listener>();
  let waiting: (() => void) | undefined;
  let stirred = false;
  let stopped = false;
  let lookAgain: NodeJS.Timeout | undefined;

  function stir(): void {
    if (waiting) waiting();
    else stirred = true;
  }

  function come(shard: number): void {
    onRung(shard);
    stir();
  }

  /** Of all that are idle one is enough. Who is busy only remembers it. */
  async function rung(shard: number): Promise<void> {
    if (!waiting) return onRung(shard);
    const token = await cluster.lpop(wakeKey(shard)).catch(() => 'unknown');
    if (token !== null) come(shard);
  }

  async function listen(listener: Listener, shard: number): Promise<void> {
    listener.heard.add(shard);
    try {
      await listener.redis.ssubscribe(wakeKey(shard));
      come(shard);
    } catch (error) {
      listener.heard.delete(shard);
      if (stopped) return;
      onError(error as Error);
      lookAgain ??= setTimeout(() => {
        lookAgain = undefined;
        cluster.refreshSlotsCache();
      }, LOOK_AGAIN_MS);
    }
  }

  function open(node: Redis): Listener {
    const redis = node.duplicate({
      connectionName: options.connectionName,
      lazyConnect: false,
      retryStrategy: reconnectAfterMs,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
    });
    const listener: Listener = { redis, heard: new Set() };
    redis.on('error', onError);
    redis.on('smessage', (channel: string) => void rung(shardOfChannel.get(channel) ?? 0));
    redis.on('close', () => listener.heard.clear());
    redis.on('ready', follow);
    return listener;
  }

  const shardOfChannel = new Map(
    Array.from({ length: options.shards }, (_, shard) => [wakeKey(shard), shard] as const),
  );

  /** Listens where the shards are now. */
  function follow(): void {
    if (stopped) return;
    const served = Map.groupBy(shardOfChannel.values(), (shard) => primaryOf(cluster, shard));
    for (const [name, { redis }] of listeners) {
      if (served.has(name)) continue;
      redis.disconnect();
      listeners.delete(name);
    }
    for (const [name, shards] of served) {
      if (name === undefined) continue;
      let listener = listeners.get(name);
      if (!listener) {
        const node = primaries(cluster).find(({ options: { host, port } }) => `${host}:${port}` === name);
        if (!node) continue;
        listener = open(node);
        listeners.set(name, listener);
      }
      if (listener.redis.status !== 'ready') continue;
      for (const shard of shards) if (!listener.heard.has(shard)) void listen(listener, shard);
    }
  }

  cluster.on('ready', follow);
  cluster.on('refresh', follow);

  return {
    async wait(waitMs) {
      if (stopped) return;
      if (stirred) {
        stirred = false;
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        waiting = resolve;
        timer = setTimeout(resolve, waitMs);
      });
      waiting = undefined;
      clearTimeout(timer);
    },
    stir,
    stop() {
      stopped = true;
      clearTimeout(lookAgain);
      cluster.off('ready', follow);
      cluster.off('refresh', follow);
      for (const { redis } of listeners.values()) redis.disconnect();
      listeners.clear();
      stir();
    },
  };
}
