/**
 * How much service a workspace had lately: the starts that replicas report every few seconds, in windows of 20 s, and
 * its place in virtual time. served.lua and counts.lua do the same, and the model test compares them.
 */

import { learnMeanRun } from './fairness.ts';
import type { ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

export const SERVED_WINDOW_MS = 20_000;
/** A younger window says little as yet: the one before is read instead. */
const TELLING_MS = SERVED_WINDOW_MS / 2;

/** The last window that tells something, and one workspace's part of it. */
export interface RecentService {
  /** Starts of the workspace. */
  readonly starts: number;
  /** Starts of all workspaces of the shard. */
  readonly allStarts: number;
  /** Sum of the weights of all that had one. */
  readonly allWeights: number;
  /** In how many ms; 0 when nothing was started lately. */
  readonly windowMs: number;
}

/** Completed jobs of workspaces with starts fairness, and how long they ran together. */
export interface Runs {
  readonly count: number;
  readonly totalMs: number;
}

/** A replica reports what it has started in the last `coversMs`, and what has run. */
export function recordServed(
  given: ShardState,
  started: ReadonlyMap<string, number>,
  runs: Runs,
  coversMs: number,
  nowMs: number,
): ShardState {
  const state = structuredClone(given);
  if (runs.count > 0) state.meanRunMs = learnMeanRun(state.meanRunMs, runs.count, runs.totalMs);
  const index = Math.floor(nowMs / SERVED_WINDOW_MS);
  const window = state.served.get(index) ?? {
    fromMs: Math.max(index * SERVED_WINDOW_MS, nowMs - coversMs),
    starts: new Map<string, number>(),
    weights: 0,
  };
  state.served.set(index, window);
  for (const [workspace, count] of started) {
    const before = window.starts.get(workspace);
    window.starts.set(workspace, (before ?? 0) + count);
    if (before === undefined) {
      window.weights += state.config.get(workspace)?.weight ?? DEFAULT_WORKSPACE_CONFIG.weight;
    }
  }
  return state;
}

/** What a workspace had of the last window that tells something. */
export function recentService(state: ShardState, workspace: string, nowMs: number): RecentService {
  const index = Math.floor(nowMs / SERVED_WINDOW_MS);
  const [now, before] = [state.served.get(index), state.served.get(index - 1)];
  const takesNow = now !== undefined && (before === undefined || nowMs - now.fromMs >= TELLING_MS);
  const window = takesNow ? now : before;
  if (window === undefined) return { starts: 0, allStarts: 0, allWeights: 0, windowMs: 0 };
  const untilMs = takesNow ? nowMs : index * SERVED_WINDOW_MS;
  return {
    starts: window.starts.get(workspace) ?? 0,
    allStarts: [...window.starts.values()].reduce((sum, count) => sum + count, 0),
    allWeights: window.weights,
    windowMs: Math.max(1, untilMs - window.fromMs),
  };
}

/**
 * How far a workspace is behind its fair share, in virtual time: one unit is one start of a workspace of weight 1, so
 * times its weight it is a number of jobs. 0: it is next, or has nothing to make up for. Negative: it was served
 * ahead of the others, who come first now.
 */
export function lagOf(state: ShardState, workspace: string): number {
  const tag = state.ring.get(workspace) ?? state.tags.get(workspace);
  return tag === undefined ? 0 : state.clock - tag;
}

/** A workspace's part of what was started, and the part that its weight entitles it to while it has work. */
export function shareOf(
  recent: RecentService,
  weight: number,
): { share: number; fairShare: number } | undefined {
  if (recent.windowMs === 0 || recent.allStarts === 0) return undefined;
  const weights = recent.starts > 0 ? recent.allWeights : recent.allWeights + weight;
  return { share: recent.starts / recent.allStarts, fairShare: Math.min(1, weight / weights) };
}
