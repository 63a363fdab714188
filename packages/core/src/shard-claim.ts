/** The claim of the model of a shard: what claim.lua does. See shard-model.ts. */
import { type Across, placeAgain } from './across-shards.ts';
import {
  advanceClock,
  charge,
  costOf,
  nextInRing,
  UNKNOWN_MEAN_RUN_MS,
  worthRemembering,
} from './fairness.ts';
import type { ParkReason } from './park-reason.ts';
import { BASE_QUOTA, freeSlots, limitsOf, nextTokenAtMs, refill, spend, startsAllowed } from './quota.ts';
import { configOf, unpark } from './shard-moves.ts';
import { activateNext } from './shard-queue.ts';
import { NEVER_MS, queueOf, runnableJobs, type ShardState } from './shard-state.ts';

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

/** The same on a state that it changes. */
export function claimInPlace(state: ShardState, request: ClaimRequest, nowUs: number): ModelClaim {
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

/** What a start of the workspace is charged. Of one that has not ended a job yet nothing is known: as any other. */
function startCost(state: ShardState, workspace: string): number {
  const estimateMs = state.runEstimates.get(workspace);
  return estimateMs === undefined ? 1 : costOf(estimateMs, state.meanRunMs ?? UNKNOWN_MEAN_RUN_MS);
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
