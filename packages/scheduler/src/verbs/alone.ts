import type { ClaimedHash } from '../claimed-job.ts';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Notes that a job starts alone in its replica; answers whether its lock is still ours. See alone.lua. */
export async function noteAlone(redis: RedisHandle, job: ClaimedHash): Promise<boolean> {
  const args = [shardPrefix(job.shard), job.workspace, job.id, job.token];
  return (await callScript(redis, 'alone', routingKey(job.shard), args)) === 1;
}
