/** What the operations of the model share: how a workspace comes back into the ring, and what ended jobs leave behind. */
import { costOf, learnRun, settle, startTag, UNKNOWN_MEAN_RUN_MS } from './fairness.ts';
import type { ShardState } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from './workspace.ts';

/** Run times are whole milliseconds, and none is free. */
const LEAST_RUN_MS = 1;

/** A job that has ended, or was given back. */
export interface EndedJob {
  readonly workspace: string;
  readonly id: string;
  /** What its start was charged, and when, when its workspace has runtime fairness. */
  readonly charged?: { readonly cost: number; readonly atMs: number } | undefined;
}

/** The settings of a workspace, or those of one that has none. */
export function configOf(state: ShardState, workspace: string): WorkspaceConfig {
  return state.config.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG;
}

/** A workspace becomes ready: it starts at the clock, or where it left if that is ahead. */
export function join(state: ShardState, workspace: string): void {
  state.ring.set(workspace, startTag(state.tags.get(workspace), state.clock));
  state.tags.delete(workspace);
}

/** A parked workspace becomes ready. */
export function unpark(state: ShardState, workspace: string): void {
  state.park.delete(workspace);
  join(state, workspace);
}

/** Jobs that were charged an estimate have ended: their workspaces pay for what they took, and the estimates learn. */
export function settleAll(state: ShardState, jobs: readonly EndedJob[], nowMs: number): void {
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
