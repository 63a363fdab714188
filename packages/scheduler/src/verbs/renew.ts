import type { Redis } from 'ioredis';
import type { ClaimedHash } from '../claimed-job.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Renews the locks of jobs of one shard; answers the jobs whose lock is lost. See renew.lua. */
export async function renewLocks(
  redis: Redis,
  shard: number,
  lockMs: number,
  jobs: readonly ClaimedHash[],
): Promise<ClaimedHash[]> {
  const args: (string | number)[] = [shardPrefix(shard), lockMs];
  for (const job of jobs) args.push(job.workspace, job.id, job.token);
  const lost = (await callScript(redis, 'renew', routingKey(shard), args)) as number[];
  return lost.flatMap((position) => jobs[position] ?? []);
}
