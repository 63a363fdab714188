import type { ClaimedHash } from '../claimed-job.ts';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import type { Retention } from '../stock-queues.ts';

export interface Completion {
  readonly job: ClaimedHash;
  /** The result as JSON. */
  readonly value: string;
  /** Removes the job from Redis whatever its options say: somebody else keeps the record, or nobody needs one. */
  readonly discard: boolean;
}

/**
 * Completes jobs of one shard under their locks; answers BullMQ's code for each, see finish.lua.
 *
 * @param wakes the caller may not claim from this shard next: whoever is idle must be woken for the freed slots
 */
export async function finishJobs(
  redis: RedisHandle,
  shard: number,
  completions: readonly Completion[],
  keepCompleted: Retention,
  wakes: boolean,
): Promise<number[]> {
  const args: (string | number)[] = [shardPrefix(shard), wakes ? 'wake' : '', completions.length];
  const settlements: (string | number)[] = [];
  completions.forEach(({ job, value, discard }, i) => {
    const keep = discard ? NOTHING : retentionOf(job, keepCompleted);
    args.push(job.workspace, job.id, job.token, value);
    args.push(keep.count, keep.age, keep.limit, job.parentWorkspace ?? '');
    const { charge } = job;
    if (charge !== undefined) settlements.push(i + 1, charge, job.claimedAtMs);
  });
  args.push(...settlements);
  return (await callScript(redis, 'finish', routingKey(shard), args)) as number[];
}

interface Keep {
  readonly count: number;
  readonly age: number | '';
  readonly limit: number | '';
}

const NOTHING: Keep = { count: 0, age: '', limit: '' };

/** What the job's own removeOnComplete says, else the replica's default. */
function retentionOf(job: ClaimedHash, fallback: Retention): Keep {
  const own = job.options.removeOnComplete;
  if (own === undefined) return { count: fallback.count, age: fallback.ageSeconds, limit: '' };
  if (typeof own === 'boolean') return { count: own ? 0 : -1, age: '', limit: '' };
  if (typeof own === 'number') return { count: own, age: '', limit: '' };
  return { count: own.count ?? -1, age: own.age ?? '', limit: own.limit ?? '' };
}
