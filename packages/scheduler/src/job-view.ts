import { PARK_REASONS, type ParkReason } from '@fairlead/core';
import type { Redis } from 'ioredis';
import { setKey, shardPrefix } from './keys.ts';

export type JobState = 'waiting' | 'active' | 'delayed' | 'succeeded' | 'dead' | 'unknown';

/** One job as it stands in Redis. */
export interface JobView {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  readonly state: JobState;
  readonly payload: unknown;
  /** Attempts that ended in failure, and the one that succeeded. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly progress: unknown;
  readonly result?: unknown;
  readonly lastError?: string;
  readonly createdAtMs: number;
  /** When a delayed job is due. */
  readonly runAtMs?: number;
  /** Start of the latest attempt. */
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  /** 1 for the next job of its workspace; only for plain waiting jobs within the first 10,000. */
  readonly position?: number;
  /** Why the workspace of a waiting job may not start it now. */
  readonly waitingReason?: ParkReason;
}

/** How far from the head of a queue a position is looked for. */
const POSITION_SEARCH = 10_000;
/** BullMQ packs the due time of a delayed job and 12 bits of order into one score. */
const DELAYED_SCORE_FACTOR = 0x1000;

/** Reads a job with two round trips at most; undefined when Redis does not have it. */
export async function readJob(
  redis: Redis,
  workspace: string,
  shard: number,
  id: string,
): Promise<JobView | undefined> {
  const base = `${shardPrefix(shard)}${workspace}:`;
  const answers = await redis
    .pipeline()
    .hgetall(base + id)
    .zscore(`${base}completed`, id)
    .zscore(`${base}failed`, id)
    .zscore(`${base}delayed`, id)
    .zscore(`${base}prioritized`, id)
    .exists(`${base}${id}:lock`)
    .zscore(setKey(shard, 'park'), workspace)
    .exec();
  const values = (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  const hash = values[0] as Record<string, string>;
  if (hash['name'] === undefined) return undefined;
  const [, completed, failed, delayed, prioritized, locked, parked] = values;

  const has = (score: unknown) => score !== null && score !== undefined;
  let state: JobState;
  let position: number | undefined;
  if (has(completed)) state = 'succeeded';
  else if (has(failed)) state = 'dead';
  else if (has(delayed)) state = 'delayed';
  else if (has(prioritized)) state = 'waiting';
  else if (locked === 1) state = 'active';
  else ({ state, position } = await lookInLists(redis, base, id));

  const options = parse(hash['opts']) as { attempts?: number; attemptsBefore?: number } | undefined;
  const before = options?.attemptsBefore ?? 0;
  const reason = state === 'waiting' && has(parked) ? PARK_REASONS[Number(parked) % 8] : undefined;
  return {
    id,
    workspace,
    type: hash['name'],
    state,
    payload: parse(hash['data']),
    attempts: Number(hash['atm'] ?? 0) + before,
    maxAttempts: Math.max(1, options?.attempts ?? 1) + before,
    priority: Number(hash['priority'] ?? 0),
    progress: parse(hash['progress']) ?? 0,
    createdAtMs: Number(hash['timestamp']),
    ...(state === 'succeeded' ? { result: parse(hash['returnvalue']) } : {}),
    ...(hash['failedReason'] ? { lastError: hash['failedReason'] } : {}),
    ...(has(delayed) ? { runAtMs: Math.floor(Number(delayed) / DELAYED_SCORE_FACTOR) } : {}),
    ...(hash['processedOn'] ? { startedAtMs: Number(hash['processedOn']) } : {}),
    ...(hash['finishedOn'] ? { finishedAtMs: Number(hash['finishedOn']) } : {}),
    ...(position === undefined ? {} : { position }),
    ...(reason ? { waitingReason: reason } : {}),
  };
}

/** A job in no sorted set and without a lock is waiting, or active with an expired lock. */
async function lookInLists(
  redis: Redis,
  base: string,
  id: string,
): Promise<{ state: JobState; position: number | undefined }> {
  const answers = await redis
    .pipeline()
    .lpos(`${base}wait`, id, 'RANK', -1, 'MAXLEN', POSITION_SEARCH)
    .llen(`${base}wait`)
    .lpos(`${base}active`, id)
    .zscore(`${base}completed`, id)
    .exec();
  const [index, length, active, completed] = (answers ?? []).map(([, value]) => value as number | null);
  if (typeof index === 'number') return { state: 'waiting', position: (length ?? 0) - index };
  if (typeof active === 'number') return { state: 'active', position: undefined };
  // It finished between the two looks.
  if (completed !== null && completed !== undefined) return { state: 'succeeded', position: undefined };
  return { state: (length ?? 0) > POSITION_SEARCH ? 'waiting' : 'unknown', position: undefined };
}

function parse(json: string | undefined): unknown {
  if (json === undefined || json === '') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
