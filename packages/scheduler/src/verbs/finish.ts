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

export interface Finished {
  /** BullMQ's code for each job, see finish.lua. */
  readonly codes: readonly number[];
  /** Whether a workspace that waited for a slot, or for these jobs, may run others now. */
  readonly freed: boolean;
}

/**
 * Completes jobs of one shard under their locks.
 *
 * @param wakes the caller may not claim from this shard next: whoever is idle must be woken for the freed slots
 */
export async function finishJobs(
  redis: RedisHandle,
  shard: number,
  completions: readonly Completion[],
  keepCompleted: Retention,
  wakes: boolean,
): Promise<Finished> {
  const ways: Keep[] = [];
  const groups: Group[] = [];
  const settlements: (string | number)[] = [];
  const byDefault: Keep = { count: keepCompleted.count, age: keepCompleted.ageSeconds, limit: '' };
  completions.forEach(({ job, value, discard }, i) => {
    const way = wayOf(ways, discard ? NOTHING : (ownRetentionOf(job) ?? byDefault));
    groupFor(groups, job, way).push(job.id, value);
    const { charge } = job;
    if (charge !== undefined) settlements.push(i + 1, charge, job.claimedAtMs);
  });
  const args: (string | number)[] = [shardPrefix(shard), wakes ? 'wake' : '', ways.length, groups.length];
  for (const { count, age, limit } of ways) args.push(count, age, limit);
  for (const { workspace, token, way, parent, fields, jobs } of groups) {
    args.push(workspace, token, way, parent, fields, jobs.length / 2, ...jobs);
  }
  args.push(...settlements);
  const answer = (await callScript(redis, 'finish', routingKey(shard), args)) as number[];
  return { codes: answer.slice(0, -1), freed: answer.at(-1) === 1 };
}

/** Jobs in a row of which only id and result differ: the rest is sent once. */
interface Group {
  readonly workspace: string;
  readonly token: string;
  /** Its number in the list of ways to keep completed jobs, from 1. */
  readonly way: number;
  /** The workspace of the jobs' parents, '' for none. */
  readonly parent: string;
  /** How many fields each had when it began, if it was a new and plain job; else ''. */
  readonly fields: number | '';
  /** Id, result, id, result … */
  readonly jobs: string[];
}

/** The jobs of the last group if it is one for `job`, else of a new one. */
function groupFor(groups: Group[], job: ClaimedHash, way: number): string[] {
  const { workspace, token } = job;
  const parent = job.parentWorkspace ?? '';
  const fields = job.fieldsOfPlain ?? '';
  const last = groups.at(-1);
  const fits =
    last?.workspace === workspace &&
    last.token === token &&
    last.way === way &&
    last.parent === parent &&
    last.fields === fields;
  if (fits) return last.jobs;
  const group: Group = { workspace, token, way, parent, fields, jobs: [] };
  groups.push(group);
  return group.jobs;
}

/** How many completed jobs to keep, for how many seconds, and how many too old ones to remove at most. */
interface Keep {
  readonly count: number;
  readonly age: number | '';
  readonly limit: number | '';
}

const NOTHING: Keep = { count: 0, age: '', limit: '' };

/** The number of `keep` in the list, which gets it if it is new. */
function wayOf(ways: Keep[], keep: Keep): number {
  const known = ways.findIndex(
    ({ count, age, limit }) => count === keep.count && age === keep.age && limit === keep.limit,
  );
  return known === -1 ? ways.push(keep) : known + 1;
}

/** What the job's own removeOnComplete says. */
function ownRetentionOf(job: ClaimedHash): Keep | undefined {
  const own = job.options.removeOnComplete;
  if (own === undefined) return undefined;
  if (typeof own === 'boolean') return { count: own ? 0 : -1, age: '', limit: '' };
  if (typeof own === 'number') return { count: own, age: '', limit: '' };
  return { count: own.count ?? -1, age: own.age ?? '', limit: own.limit ?? '' };
}
