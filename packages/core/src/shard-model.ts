/**
 * The model of one shard: what claim.lua, finish.lua, ready.lua, configure.lua and recover.lua do, over
 * plain data and a time that is given. The Lua decides; this is its specification, and a property test
 * runs both side by side and compares every answer.
 *
 * Each operation takes a state and returns the next one with the answer; the state given is not changed. That copies all
 * of it. Who plays many steps and needs none of the states between takes `inPlace`: the same operations on one state.
 */

import { BASE_QUOTA } from './quota.ts';
import { claimInPlace } from './shard-claim.ts';
import { type EndedJob, join, settleAll, unpark } from './shard-moves.ts';
import { queueOf, runnableJobs, type ShardState } from './shard-state.ts';
import type { WorkspaceConfig } from './workspace.ts';

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
