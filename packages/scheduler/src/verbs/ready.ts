import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Why a workspace may have become runnable: jobs were added, or one of its slots was freed. */
export type ReadyBecause = 'added' | 'freed';

/** A job with runtime fairness that freed a slot otherwise than by finishing. */
export interface Run {
  readonly workspace: string;
  /** What its start was charged, as the claim said it. */
  readonly charge: string;
  readonly claimedAtMs: number;
}

/** Marks workspaces of one shard ready, and settles what their jobs took. */
export async function markReady(
  redis: RedisHandle,
  shard: number,
  because: ReadyBecause,
  eventStreamLength: number,
  workspaces: readonly string[],
  runs: readonly Run[] = [],
): Promise<void> {
  const args = [shardPrefix(shard), because, eventStreamLength, workspaces.length, ...workspaces];
  for (const { workspace, charge, claimedAtMs } of runs) args.push(workspace, charge, claimedAtMs);
  await callScript(redis, 'ready', routingKey(shard), args);
}
