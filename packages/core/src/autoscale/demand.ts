import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleSignals } from './signals.ts';
import type { AutoscaleState, NeedBucket } from './state.ts';

/** What one workspace has and may do; unlimited = null. */
export interface WorkspaceLoad {
  readonly backlog: number;
  readonly unusedConcurrency: number | null;
  readonly availableTokens: number | null;
}

/** Jobs of one workspace that more capacity would start: min(backlog, unused concurrency, available tokens). */
export function runnableJobsOf(load: WorkspaceLoad): number {
  const slots = load.unusedConcurrency ?? load.backlog;
  const tokens = load.availableTokens ?? load.backlog;
  return Math.max(0, Math.min(load.backlog, slots, tokens));
}

/** Whether a workspace counts as active: it has runnable work, or finished a job in the last window. */
export function isActiveWorkspace(load: WorkspaceLoad, finishedInLastWindow: number): boolean {
  return finishedInLastWindow > 0 || runnableJobsOf(load) > 0;
}

/** The capacity that demand asks for, before the cap: max(floor, 64 × active workspaces). */
export function uncappedTarget(policy: AutoscalePolicy, activeWorkspaces: number): number {
  return Math.max(policy.floor, policy.perActiveWorkspace * activeWorkspaces);
}

/** Limits a capacity to the cap. */
export function underCap(policy: AutoscalePolicy, capacity: number): number {
  return policy.cap === null ? capacity : Math.min(policy.cap, capacity);
}

/** Jobs that run or could: in flight + runnable; null when either is not known. */
export function needOf(signals: AutoscaleSignals): number | null {
  return signals.inFlight === null || signals.runnable === null ? null : signals.inFlight + signals.runnable;
}

/**
 * Consumer replicas for a capacity: ⌈min(capacity, largest need of the last 10 minutes) / slots⌉, at least the minimum.
 * Capacity is a ceiling, not an order: 2,048 allowed jobs with 300 there are need two replicas of 256 and not eight.
 */
export function replicasFor(policy: AutoscalePolicy, capacity: number, largestNeed: number): number {
  return Math.max(policy.minReplicas, Math.ceil(Math.min(capacity, largestNeed) / policy.slotsPerReplica));
}

/**
 * The needs with this tick's need in them. Kept as the maximum of each tenth of the window, so that the state stays at
 * eleven numbers; a need is forgotten between 10 and 11 tenths after it was seen, never early. Zeros are left out:
 * a quiet cluster's state does not change.
 */
export function rememberNeed(
  policy: AutoscalePolicy,
  needs: readonly NeedBucket[],
  need: number | null,
  now: number,
): readonly NeedBucket[] {
  // Not known: what was needed last stays needed.
  if (need === null) return needs;
  const tenth = Math.max(1, Math.floor(policy.needWindowMs / 10));
  const startMs = now - (now % tenth);
  const fresh = needs.filter((bucket) => bucket.startMs + tenth + policy.needWindowMs > now);
  const same = fresh.length === needs.length;
  if (need === 0) return same ? needs : fresh;
  const last = fresh.at(-1);
  if (last === undefined || last.startMs < startMs) return [...fresh, { startMs, need }];
  if (last.need >= need) return same ? needs : fresh;
  return [...fresh.slice(0, -1), { startMs: last.startMs, need }];
}

function largestNeed(needs: readonly NeedBucket[]): number {
  return needs.reduce((largest, bucket) => Math.max(largest, bucket.need), 0);
}

/** The replicas to ask for. While the need is not known they are neither raised, nor lowered below what capacity uses. */
export function nextReplicas(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  to: number,
  needs: readonly NeedBucket[],
  need: number | null,
): number {
  if (need === null)
    return Math.min(state.replicas, Math.max(policy.minReplicas, Math.ceil(to / policy.slotsPerReplica)));
  return replicasFor(policy, to, largestNeed(needs));
}
