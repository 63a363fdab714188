import { estimateStart, type WaitingReason } from '@fairlead/core';
import { UNKNOWN_SINCE_FIELD } from './claimed-job.ts';
import type { RedisHandle } from './connection.ts';
import { shardPrefix } from './keys.ts';
import { readStandings, reasonOf, type WorkspaceStanding } from './verbs/counts.ts';

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
  /** 1 for the next job of its workspace; of plain jobs only within the first 10,000. */
  readonly position?: number;
  /** Why a waiting or delayed job does not run. */
  readonly waitingReason?: WaitingReason;
  /** When it will probably start, Redis' time; absent when nothing can be said. See estimate.ts in core. */
  readonly estimatedStartAtMs?: number;
}

/** How far from the head of a queue a position is looked for. */
const POSITION_SEARCH = 10_000;
/** BullMQ packs the due time of a delayed job and 12 bits of order into one score. */
const DELAYED_SCORE_FACTOR = 0x1000;

/** Reads a job with two round trips at most; undefined when Redis does not have it. */
export async function readJob(
  redis: RedisHandle,
  workspace: string,
  shard: number,
  id: string,
): Promise<JobView | undefined> {
  const base = `${shardPrefix(shard)}${workspace}:`;
  const [answers, standings] = await Promise.all([
    redis
      .pipeline()
      .hgetall(base + id)
      .zscore(`${base}completed`, id)
      .zscore(`${base}failed`, id)
      .zscore(`${base}delayed`, id)
      .zrank(`${base}prioritized`, id)
      .llen(`${base}wait`)
      .exists(`${base}${id}:lock`)
      .exec(),
    readStandings(redis, shard, [workspace]),
  ]);
  const values = (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  const hash = values[0] as Record<string, string>;
  if (hash['name'] === undefined) return undefined;
  const [, completed, failed, delayed, prioritized, plain, locked] = values;

  const has = (score: unknown) => score !== null && score !== undefined;
  let state: JobState;
  let position: number | undefined;
  if (has(completed)) state = 'succeeded';
  else if (has(failed)) state = 'dead';
  else if (has(delayed)) state = 'delayed';
  else if (has(prioritized)) {
    state = 'waiting';
    // Plain jobs run before prioritized ones.
    position = Number(plain) + Number(prioritized) + 1;
  } else if (locked === 1) state = 'active';
  else ({ state, position } = await lookInLists(redis, base, id));

  const options = parse(hash['opts']) as { attempts?: number; attemptsBefore?: number } | undefined;
  const before = options?.attemptsBefore ?? 0;
  const runAtMs = has(delayed) ? Math.floor(Number(delayed) / DELAYED_SCORE_FACTOR) : undefined;
  const standing = standings[0] as WorkspaceStanding;
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
    ...(runAtMs === undefined ? {} : { runAtMs }),
    ...(hash['processedOn'] ? { startedAtMs: Number(hash['processedOn']) } : {}),
    ...(hash['finishedOn'] ? { finishedAtMs: Number(hash['finishedOn']) } : {}),
    ...(position === undefined ? {} : { position }),
    ...waiting(state, isOfUnknownType(hash), position, runAtMs, standing),
  };
}

/** A replica gave it back because it had no handler. Once it was attempted the mark says nothing any more. */
function isOfUnknownType(hash: Readonly<Record<string, string>>): boolean {
  return hash[UNKNOWN_SINCE_FIELD] !== undefined && Number(hash['atm'] ?? 0) === 0;
}

/** Why a job waits, and until when. */
function waiting(
  state: JobState,
  ofUnknownType: boolean,
  position: number | undefined,
  runAtMs: number | undefined,
  standing: WorkspaceStanding,
): Pick<JobView, 'waitingReason' | 'estimatedStartAtMs'> {
  if (state !== 'waiting' && state !== 'delayed') return {};
  const reason = reasonOf(standing);
  const estimate =
    ENDED_BY_PEOPLE.has(reason) || ofUnknownType ? undefined : estimateOf(position, runAtMs, standing);
  return {
    waitingReason: state === 'delayed' ? (ofUnknownType ? 'unknown_type' : 'delayed') : reason,
    ...(estimate === undefined ? {} : { estimatedStartAtMs: estimate }),
  };
}

/** Nobody can say when. */
const ENDED_BY_PEOPLE: ReadonlySet<WaitingReason> = new Set([
  'operator_pause',
  'no_consumer',
  'queue_paused',
  'quarantined',
]);

function estimateOf(
  position: number | undefined,
  runAtMs: number | undefined,
  of: WorkspaceStanding,
): number | undefined {
  if (runAtMs !== undefined) return Math.max(runAtMs, of.nowMs);
  if (position === undefined) return undefined;
  const { concurrency, ratePerSecond, burst } = of.limits;
  return estimateStart(position, {
    nowMs: of.nowMs,
    weight: of.config.weight,
    recent: of.recent,
    slotsTaken: concurrency > 0 && of.active >= concurrency,
    ...(ratePerSecond > 0 ? { quota: { ratePerSecond, burst, bucket: of.bucket } } : {}),
    awaitsTokens: of.parkedReason === 'tokens',
    notBeforeMs: of.parkedReason === 'rate_limited' ? of.parkedUntilMs : undefined,
  });
}

/** A job in no sorted set and without a lock is waiting, or active with an expired lock. */
async function lookInLists(
  redis: RedisHandle,
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
