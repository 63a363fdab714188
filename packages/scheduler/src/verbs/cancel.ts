import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/**
 * What became of a job that was to be cancelled: `removed` from its queue; `running`, and its replica
 * will be told with the next renewal of its lock; `absent`; or `planned` by a job scheduler, which has to
 * be removed instead.
 */
export type CancelOutcome = 'removed' | 'running' | 'absent' | 'planned';

export interface JobName {
  readonly workspace: string;
  readonly id: string;
}

const OUTCOMES: Readonly<Record<number, CancelOutcome>> = {
  0: 'absent',
  1: 'removed',
  2: 'running',
  [-8]: 'planned',
};

/** Cancels jobs of one shard. See cancel.lua. */
export async function cancelJobs(
  redis: RedisHandle,
  shard: number,
  jobs: readonly JobName[],
): Promise<CancelOutcome[]> {
  const args = [shardPrefix(shard), ...jobs.flatMap((job) => [job.workspace, job.id])];
  const codes = (await callScript(redis, 'cancel', routingKey(shard), args)) as number[];
  return codes.map((code) => OUTCOMES[code] ?? 'absent');
}
