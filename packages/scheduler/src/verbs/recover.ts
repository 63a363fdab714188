import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { pairs } from './pairs.ts';

export interface RecoverOptions {
  readonly stallIntervalMs: number;
  readonly maxStalledCount: number;
  readonly onStalled: (workspace: string, jobIds: readonly string[]) => void;
}

/** Busy workspaces looked at in one call. */
const SLICE = 200;

/**
 * One round of recovery over a shard, or none when another replica has it; answers the milliseconds
 * after which to ask again. See recover.lua.
 */
export async function recoverStalled(
  redis: RedisHandle,
  shard: number,
  options: RecoverOptions,
): Promise<number> {
  let after = '';
  for (;;) {
    const answer = (await callScript(redis, 'recover', routingKey(shard), [
      shardPrefix(shard),
      options.stallIntervalMs,
      options.maxStalledCount,
      after,
      SLICE,
    ])) as [taken: 0, remainingMs: number] | [ours: 1, next: string, stalled: (string | string[])[]];
    if (answer[0] === 0) return Math.max(0, answer[1]);
    const [, next, stalled] = answer;
    for (const [workspace, ids] of pairs<string[]>(stalled)) options.onStalled(workspace, ids);
    if (next === '') return options.stallIntervalMs;
    after = next;
  }
}
