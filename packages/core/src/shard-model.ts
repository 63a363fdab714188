/**
 * The model of one shard: what claim.lua, finish.lua, ready.lua, configure.lua and recover.lua do, over
 * plain data and a time that is given. The Lua decides; this is its specification, and a property test
 * runs both side by side and compares every answer.
 *
 * Each operation takes a state and returns the next one with the answer; the state given is not changed. That copies all
 * of it. Who plays many steps and needs none of the states between takes `inPlace`: the same operations on one state.
 */
import { type Across, placeAgain } from './across-shards.ts';
import {
  advanceClock,
  charge,
  costOf,
  learnRun,
  nextInRing,
  settle,
  startTag,
  UNKNOWN_MEAN_RUN_MS,
  worthRemembering,
} from './fairness.ts';
import type { ParkReason } from './park-reason.ts';
import { BASE_QUOTA, freeSlots, limitsOf, nextTokenAtMs, refill, spend, startsAllowed } from './quota.ts';
import { type ModelJob, NEVER_MS, queueOf, runnableJobs, type ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from './workspace.ts';

export interface ClaimRequest {
  readonly wanted: number;
  readonly quantum: number;
  readonly partitionCap: number;
  /** When the shard is one of several. */
  readonly across?: Across | undefined;
}

export type ModelClaim =
  | { readonly outcome: 'no_generation' }
  | {
      readonly outcome: 'claimed';
      readonly grants: readonly { readonly workspace: string; readonly id: string }[];
      /** What a start of these workspaces was charged: those with runtime fairness, whose jobs settle at their end. */
      readonly costs: ReadonlyMap<string, number>;
      readonly ready: number;
      readonly parked: Partial<Record<ParkReason, number>>;
      /** When to ask again; undefined for never. */
      readonly nextMs: number | undefined;
      /** The next start, or where the shard rests, over all shards; of one that is alone undefined. */
      readonly at: number | undefined;
    };

const MAX_VISITS = 256;
const MAX_UNPARKS = 128;
const RECHECK_MS = 1_000;
/** Run times are whole milliseconds, and none is free. */
const LEAST_RUN_MS = 1;

/** A job that has ended, or was given back. */
export interface EndedJob {
  readonly workspace: string;
  readonly id: string;
  /** What its start was charged, and when, when its workspace has runtime fairness. */
  readonly charged?: { readonly cost: number; readonly atMs: number } | undefined;
}

/** Where a visit leaves a workspace. */
type Placement =
  | { readonly set: 'ring' | 'aside' | 'none'; readonly tag: number }
  | { readonly set: 'park'; readonly tag: number; readonly atMs: number; readonly reason: ParkReason };

/** Chooses workspaces by weighted virtual time and starts their jobs. */
export function claim(
  given: ShardState,
  request: ClaimRequest,
  nowUs: number,
): { readonly state: ShardState; readonly answer: ModelClaim } {
  const state = structuredClone(given);
  return { state, answer: claimInPlace(state, request, nowUs) };
}

function claimInPlace(state: ShardState, request: ClaimRequest, nowUs: number): ModelClaim {
  if (!state.generation) return { outcome: 'no_generation' };
  const nowMs = Math.floor(nowUs / 1_000);
  const recheckMs = (Math.floor(nowMs / RECHECK_MS) + 1) * RECHECK_MS;
  const grants: { workspace: string; id: string }[] = [];
  const parked: Partial<Record<ParkReason, number>> = {};
  const grantedTo = new Map<string, number>();
  const costs = new Map<string, number>();
  const aside = new Map<string, number>();
  let cap = request.partitionCap;
  let visits = 0;

  function place(workspace: string, to: Placement): void {
    state.ring.delete(workspace);
    if (to.set === 'ring') {
      state.ring.set(workspace, to.tag);
    } else if (to.set === 'aside') {
      aside.set(workspace, to.tag);
    } else {
      // With runtime fairness jobs that still run will settle on it.
      const settles = configOf(state, workspace).fairness === 'runtime';
      if (settles || worthRemembering(to.tag, state.clock)) state.tags.set(workspace, to.tag);
      if (to.set !== 'park') return;
      state.park.set(workspace, { atMs: to.atMs, reason: to.reason });
      parked[to.reason] = (parked[to.reason] ?? 0) + 1;
    }
  }

  /** The queue gave no job: why. */
  function withoutJob(workspace: string, tag: number): Placement {
    if (runnableJobs(state, workspace) > 0) {
      return { set: 'park', tag, atMs: recheckMs, reason: 'queue_paused' };
    }
    const first = queueOf(state, workspace).delayed[0];
    if (first) return { set: 'park', tag, atMs: Math.floor(first.dueMs), reason: 'delayed' };
    return { set: 'none', tag };
  }

  function visit(workspace: string, servedTag: number): Placement {
    const config = configOf(state, workspace);
    const limits = limitsOf(config, state.quotas.get(workspace) ?? BASE_QUOTA);
    if (config.paused) return { set: 'park', tag: servedTag, atMs: NEVER_MS, reason: 'paused' };
    const queue = queueOf(state, workspace);
    const free = freeSlots(limits.concurrency, queue.active.length);
    if (free === 0) return { set: 'park', tag: servedTag, atMs: recheckMs, reason: 'slots' };
    let limit = Math.min(
      request.quantum,
      request.wanted - grants.length,
      cap - (grantedTo.get(workspace) ?? 0),
      free,
    );
    const rate = limits.ratePerSecond;
    const bucket = rate > 0 ? refill(state.buckets.get(workspace), rate, limits.burst, nowUs) : undefined;
    if (bucket) {
      const allowed = startsAllowed(bucket);
      if (allowed === 0) {
        return { set: 'park', tag: servedTag, atMs: nextTokenAtMs(bucket, rate), reason: 'tokens' };
      }
      limit = Math.min(limit, allowed);
    }

    let started = 0;
    let empty = false;
    while (started < limit && visits < MAX_VISITS) {
      const job = activateNext(state, workspace, nowMs);
      if (!job) {
        empty = true;
        break;
      }
      if (queue.vanished.delete(job.id)) {
        visits++;
        continue;
      }
      queue.active.push(job);
      grants.push({ workspace, id: job.id });
      started++;
    }

    let tag = servedTag;
    if (started > 0) {
      state.clock = advanceClock(state.clock, servedTag);
      const cost = startCost(state, workspace);
      if (config.fairness === 'runtime') costs.set(workspace, cost);
      tag = charge(servedTag, started, config.weight, cost);
      grantedTo.set(workspace, (grantedTo.get(workspace) ?? 0) + started);
      state.busy.add(workspace);
      if (bucket) state.buckets.set(workspace, spend(bucket, started));
    }
    if (empty) return withoutJob(workspace, tag);
    return { set: (grantedTo.get(workspace) ?? 0) >= cap ? 'aside' : 'ring', tag };
  }

  function returnAside(): void {
    for (const [workspace, tag] of aside) state.ring.set(workspace, tag);
    aside.clear();
  }

  for (const workspace of due(state, nowMs)) unpark(state, workspace);
  if (request.across) takePlace(state, request.across);
  const untilTag = (request.across?.until ?? Number.POSITIVE_INFINITY) - (state.offset ?? 0);
  while (grants.length < request.wanted && visits < MAX_VISITS) {
    const head = nextInRing(state.ring);
    if (head && head.tag > untilTag) break;
    if (head) {
      visits++;
      place(head.workspace, visit(head.workspace, head.tag));
    } else if (aside.size > 0) {
      returnAside();
      cap = request.wanted;
    } else {
      break;
    }
  }
  returnAside();

  const ready = state.ring.size;
  const nextMs = nextWork(state, nowMs);
  const at = request.across && keepPlace(state);
  return { outcome: 'claimed', grants, costs, ready, parked, nextMs, at };
}

/** A shard that has rested, and has work again. */
function takePlace(state: ShardState, { floor, wasAway = false }: Across): void {
  const head = nextInRing(state.ring);
  if (!head || !(state.rests || wasAway || state.offset === undefined)) return;
  state.offset = placeAgain(state.offset, head.tag, floor);
  state.rests = false;
}

/** Answers where the shard is over all shards; one without work rests from now on. */
function keepPlace(state: ShardState): number {
  const head = nextInRing(state.ring);
  if (!head && state.offset !== undefined) state.rests = true;
  return (head?.tag ?? state.clock) + (state.offset ?? 0);
}

function configOf(state: ShardState, workspace: string): WorkspaceConfig {
  return state.config.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG;
}

/** What a start of the workspace is charged. Of one that has not ended a job yet nothing is known: as any other. */
function startCost(state: ShardState, workspace: string): number {
  const estimateMs = state.runEstimates.get(workspace);
  return estimateMs === undefined ? 1 : costOf(estimateMs, state.meanRunMs ?? UNKNOWN_MEAN_RUN_MS);
}

/** Jobs that were charged an estimate have ended: their workspaces pay for what they took, and the estimates learn. */
function settleAll(state: ShardState, jobs: readonly EndedJob[], nowMs: number): void {
  for (const { workspace, charged } of jobs) {
    const { fairness, weight } = configOf(state, workspace);
    if (charged === undefined || fairness !== 'runtime') continue;
    const ranMs = Math.max(LEAST_RUN_MS, nowMs - charged.atMs);
    state.runEstimates.set(workspace, learnRun(state.runEstimates.get(workspace), ranMs));
    const cost = costOf(ranMs, state.meanRunMs ?? UNKNOWN_MEAN_RUN_MS);
    const place = state.ring.has(workspace) ? state.ring : state.tags;
    const tag = place.get(workspace);
    if (tag !== undefined) place.set(workspace, settle(tag, cost, charged.cost, weight));
  }
}

/** Jobs were added to a workspace, or one of its slots was freed, by the jobs given. */
export function markReady(
  given: ShardState,
  workspace: string,
  what: 'added' | 'freed',
  ended: readonly EndedJob[] = [],
  nowMs = 0,
): ShardState {
  const state = structuredClone(given);
  markReadyInPlace(state, workspace, what, ended, nowMs);
  return state;
}

function markReadyInPlace(
  state: ShardState,
  workspace: string,
  what: 'added' | 'freed',
  ended: readonly EndedJob[] = [],
  nowMs = 0,
): void {
  settleAll(state, ended, nowMs);
  if (!state.ring.has(workspace)) {
    const reason = state.park.get(workspace)?.reason;
    const freed = what === 'freed' && (reason === 'slots' || reason === 'queue_paused');
    if (reason === undefined) join(state, workspace);
    else if (reason === 'delayed' || freed) unpark(state, workspace);
  }
  if (what === 'freed' && queueOf(state, workspace).active.length === 0) state.busy.delete(workspace);
}

/** Jobs were completed: their slots are free. */
export function finish(given: ShardState, jobs: readonly EndedJob[], nowMs = 0): ShardState {
  const state = structuredClone(given);
  finishInPlace(state, jobs, nowMs);
  return state;
}

function finishInPlace(state: ShardState, jobs: readonly EndedJob[], nowMs = 0): void {
  settleAll(state, jobs, nowMs);
  for (const { workspace, id } of jobs) {
    const queue = queueOf(state, workspace);
    queue.active = queue.active.filter((job) => job.id !== id);
  }
  for (const workspace of new Set(jobs.map((job) => job.workspace))) {
    if (queueOf(state, workspace).active.length === 0) state.busy.delete(workspace);
    const reason = state.park.get(workspace)?.reason;
    if (reason === 'slots' || reason === 'queue_paused') unpark(state, workspace);
  }
}

/** Settings changed; what parked the workspace may be gone, so the next claim looks. */
export function configure(given: ShardState, workspace: string, config: WorkspaceConfig): ShardState {
  const state = structuredClone(given);
  configureInPlace(state, workspace, config);
  return state;
}

function configureInPlace(state: ShardState, workspace: string, config: WorkspaceConfig): void {
  state.config.set(workspace, config);
  if (config.ratePerSecond === 0) state.buckets.delete(workspace);
  if (config.fairness === 'starts') state.runEstimates.delete(workspace);
  const queue = queueOf(state, workspace);
  if (state.park.has(workspace)) unpark(state, workspace);
  else if (!state.ring.has(workspace) && runnableJobs(state, workspace) + queue.delayed.length > 0) {
    join(state, workspace);
  }
}

/** The controller puts a workspace on its place of the ladder; what parked it for want of quota may be gone. */
export function setQuota(given: ShardState, workspace: string, quota: number): ShardState {
  const state = structuredClone(given);
  if (quota === BASE_QUOTA) state.quotas.delete(workspace);
  else state.quotas.set(workspace, quota);
  const reason = state.park.get(workspace)?.reason;
  if (reason === 'slots' || reason === 'tokens') unpark(state, workspace);
  return state;
}

/**
 * Jobs whose replica died go back to the head of the queue. They pay what they were charged, and nothing is learnt.
 *
 * @param stalled in the order in which they were found, which is Redis' own
 */
export function recover(given: ShardState, workspace: string, stalled: readonly string[]): ShardState {
  const state = structuredClone(given);
  const queue = queueOf(state, workspace);
  for (const id of stalled) {
    const job = queue.active.find((active) => active.id === id);
    if (!job) continue;
    queue.active = queue.active.filter((active) => active !== job);
    queue.wait.unshift(job);
  }
  if (stalled.length > 0) {
    const reason = state.park.get(workspace)?.reason;
    if (reason === 'slots' || reason === 'delayed') unpark(state, workspace);
    else if (reason === undefined && !state.ring.has(workspace)) join(state, workspace);
  }
  if (queue.active.length === 0) state.busy.delete(workspace);
  return state;
}

/** The operations that a replay is made of, on a state that they change. */
export const inPlace = {
  claim: claimInPlace,
  markReady: markReadyInPlace,
  finish: finishInPlace,
  configure: configureInPlace,
} as const;

function join(state: ShardState, workspace: string): void {
  state.ring.set(workspace, startTag(state.tags.get(workspace), state.clock));
  state.tags.delete(workspace);
}

function unpark(state: ShardState, workspace: string): void {
  state.park.delete(workspace);
  join(state, workspace);
}

/** Parked workspaces whose time has come, earliest first, ties as their scores and names order them. */
function due(state: ShardState, nowMs: number): string[] {
  return [...state.park]
    .filter(([, { atMs }]) => atMs <= nowMs)
    .sort(([a, x], [b, y]) => parkScore(x) - parkScore(y) || (a < b ? -1 : 1))
    .slice(0, MAX_UNPARKS)
    .map(([workspace]) => workspace);
}

const REASON_ORDER: Record<ParkReason, number> = {
  delayed: 0,
  slots: 1,
  tokens: 2,
  rate_limited: 3,
  queue_paused: 4,
  paused: 5,
};

function parkScore(entry: { readonly atMs: number; readonly reason: ParkReason }): number {
  return entry.atMs * 8 + REASON_ORDER[entry.reason];
}

function nextWork(state: ShardState, nowMs: number): number | undefined {
  if (state.ring.size > 0) return nowMs;
  let first = NEVER_MS;
  for (const { atMs } of state.park.values()) first = Math.min(first, atMs);
  return first < NEVER_MS ? first : undefined;
}

/** BullMQ's own choice within a queue: due delayed jobs move in, then wait, then prioritized. */
function activateNext(state: ShardState, workspace: string, nowMs: number): ModelJob | undefined {
  const queue = queueOf(state, workspace);
  while (queue.delayed[0] && Math.floor(queue.delayed[0].dueMs) <= nowMs) {
    const { job } = queue.delayed.shift() as { job: ModelJob };
    enqueue(state, workspace, job);
  }
  if (queue.paused) return undefined;
  const waiting = queue.wait.shift();
  if (waiting) return waiting;
  queue.prioritized.sort((a, b) => a.job.priority - b.job.priority || a.order - b.order);
  const prioritized = queue.prioritized.shift()?.job;
  // BullMQ starts the order of arrival anew once nobody prioritized is left.
  if (!prioritized) queue.arrivals = 0;
  return prioritized;
}

/** Puts a job at the end of its queue. Changes the state: for building states, and for the model itself. */
export function enqueue(state: ShardState, workspace: string, job: ModelJob): void {
  const queue = queueOf(state, workspace);
  if (job.priority === 0) queue.wait.push(job);
  else queue.prioritized.push({ job, order: ++queue.arrivals });
}

/** Puts a job among the delayed ones, due at `dueMs`, behind others due in the same millisecond. */
export function enqueueDelayed(state: ShardState, workspace: string, job: ModelJob, dueMs: number): void {
  const queue = queueOf(state, workspace);
  const same = queue.delayed.filter((entry) => Math.floor(entry.dueMs) === dueMs).at(-1);
  queue.delayed.push({ job, dueMs: same ? same.dueMs + 1 / 4_096 : dueMs });
  queue.delayed.sort((a, b) => a.dueMs - b.dueMs);
}
