import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { pairs } from './pairs.ts';

/** A job as it is stored: everything is decided, and what is JSON in Redis is JSON here. */
export interface StorableJob {
  readonly workspace: string;
  readonly id: string;
  readonly type: string;
  readonly dataJson: string;
  /** In BullMQ's stored form. */
  readonly optionsJson: string;
  readonly timestampMs: number;
  readonly delayMs: number;
  readonly priority: number;
  readonly lifo: boolean;
}

export interface AddAnswer {
  /** In the order of the jobs: undefined for one that is there, else what Redis or BullMQ said against it. */
  readonly refusals: readonly (string | undefined)[];
  /** Whose word the refusals are: that of single queues, or that of Redis against the whole call. */
  readonly refusedBy: 'queue' | 'redis';
  /** Runnable jobs of each workspace, after all of them were added. */
  readonly backlogs: ReadonlyMap<string, number>;
}

/** Adds jobs of one shard and marks their workspaces ready. See add.lua. */
export async function addJobs(
  redis: RedisHandle,
  shard: number,
  eventStreamLength: number,
  jobs: readonly StorableJob[],
): Promise<AddAnswer> {
  const args: (string | number)[] = [shardPrefix(shard), eventStreamLength];
  for (const job of jobs) {
    args.push(job.workspace, job.id, job.type, job.dataJson, job.optionsJson);
    args.push(job.timestampMs, job.delayMs, job.priority, job.lifo ? 'head' : '');
  }
  const [codes, backlogs] = (await callScript(redis, 'add', routingKey(shard), args)) as [
    (0 | string)[],
    (string | number)[],
  ];
  return {
    refusals: codes.map((code) => (code === 0 ? undefined : `Redis refused the job: ${code}`)),
    refusedBy: 'queue',
    backlogs: new Map(pairs<number>(backlogs)),
  };
}
