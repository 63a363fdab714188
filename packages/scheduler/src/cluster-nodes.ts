/** Which node serves which shard, and pipelines that go to one node each. */
import type { ChainableCommander, Cluster, Redis } from 'ioredis';
import { COMMAND_TIMEOUT_MS, type RedisHandle, withDeadline } from './connection.ts';
import { slotOf } from './keys.ts';

/** `host:port` of the primary that serves a shard, as far as known. */
export function primaryOf(cluster: Cluster, shard: number): string | undefined {
  return cluster.slots[slotOf(shard)]?.[0];
}

/** The servers that take writes; of a cluster those that are known now. */
export function primaries(redis: RedisHandle): Redis[] {
  return redis.isCluster ? (redis as Cluster).nodes('master') : [redis as Redis];
}

/** Items by the node that serves their shard, so that what goes to one node can go in one pipeline. */
export function byNode<T>(
  redis: RedisHandle,
  items: readonly T[],
  shardOf: (item: T) => number,
): readonly (readonly T[])[] {
  if (!redis.isCluster) return items.length === 0 ? [] : [items];
  const { slots } = redis as Cluster;
  return [
    ...Map.groupBy(items, (item) => {
      const shard = shardOf(item);
      // A pipeline wants keys whose replicas are the same ones too.
      return slots[slotOf(shard)]?.join() ?? shard;
    }).values(),
  ];
}

/** An error, or an answer. */
export type Reply = [error: Error | null, answer: unknown];

/**
 * Sends what `add` puts in pipelines, one to each node, all at once; answers the replies to each item. Those that a node
 * of a cluster serves which is away have none.
 *
 * @throws what kept the nodes from answering, when none did
 */
export async function pipelined<T>(
  redis: RedisHandle,
  items: readonly T[],
  shardOf: (item: T) => number,
  add: (pipeline: ChainableCommander, item: T) => void,
): Promise<Map<T, Reply[]>> {
  const replies = new Map<T, Reply[]>();
  const sent = await Promise.allSettled(
    byNode(redis, items, shardOf).map(async (group) => {
      const pipeline = redis.pipeline();
      const ends = group.map((item) => {
        add(pipeline, item);
        return pipeline.length;
      });
      // Before a cluster is known a pipeline waits, without a deadline of its own.
      const all = (await withDeadline(pipeline.exec(), COMMAND_TIMEOUT_MS, 'Redis')) ?? [];
      group.forEach((item, i) => {
        replies.set(item, all.slice(ends[i - 1] ?? 0, ends[i]) as Reply[]);
      });
    }),
  );
  const failed = sent.filter((one) => one.status === 'rejected');
  if (failed[0] && failed.length === sent.length) throw failed[0].reason;
  return replies;
}
