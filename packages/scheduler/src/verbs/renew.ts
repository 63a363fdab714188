import type { ClaimedHash } from '../claimed-job.ts';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

export interface Renewal {
  /** Jobs whose lock is lost. */
  readonly lost: readonly ClaimedHash[];
  /** Jobs that were cancelled while they run; their locks are renewed. */
  readonly cancelled: readonly ClaimedHash[];
}

/** Renews the locks of jobs of one shard. See renew.lua. */
export async function renewLocks(
  redis: RedisHandle,
  shard: number,
  lockMs: number,
  jobs: readonly ClaimedHash[],
): Promise<Renewal> {
  const args: (string | number)[] = [shardPrefix(shard), lockMs];
  for (const job of jobs) args.push(job.workspace, job.id, job.token);
  const [lost, cancelled] = (await callScript(redis, 'renew', routingKey(shard), args)) as [
    number[],
    number[],
  ];
  const at = (position: number) => jobs[position] ?? [];
  return { lost: lost.flatMap(at), cancelled: cancelled.flatMap(at) };
}
