/** Backpressure of the cluster, and of every workspace that has work or a level. */
import { type BackpressureSignals, injectContention, pressureOf, type Reading } from '@fairlead/core';
import type { WorkspaceLiveLoad } from '@fairlead/scheduler';
import type { Loads } from '../gather/loads.ts';
import type { ClusterSeen } from './capacity.ts';
import type { DecisionMaking, Pressures, TickContext } from './decision-making.ts';
import { isLevelLeftBehind } from './exercise.ts';
import { CLUSTER, type Memory, type WorkspaceMemory, workspaceOf } from './memory.ts';

/** What contention looks like. */
export interface ContentionFound {
  readonly contention: Reading;
  /** An exercise has a hand in what is measured. */
  readonly isDrilled: boolean;
}

export function decidePressure(
  making: DecisionMaking,
  memory: Memory,
  context: TickContext,
  seen: ClusterSeen,
  found: ContentionFound,
): Pressures {
  const { policy } = context.policy;
  const signals = clusterSignals(seen, found);
  const isMarked =
    signals.synthetic || isLevelLeftBehind(policy, memory.backpressure, signals, context.nowMs);
  const cluster = making.decide('backpressure', CLUSTER, memory.backpressure, {
    ...signals,
    synthetic: isMarked,
  });
  memory.backpressure = cluster.memory;
  const pressures: Pressures = { cluster: pressureOf(cluster.decision) ?? null, workspaces: new Map() };

  const decide = (workspace: WorkspaceMemory, signals: BackpressureSignals): void => {
    const decided = making.decide('backpressure', workspace.subject, workspace.backpressure, signals);
    workspace.backpressure = decided.memory;
    const pressure = pressureOf(decided.decision);
    if (pressure) pressures.workspaces.set(workspace.subject.id, pressure);
  };

  const { loads } = seen;
  if (loads === null) {
    // Not known is not over any line: who has no level gets none, and whose there is keeps it.
    for (const workspace of memory.workspaces.values()) if (isPressed(workspace)) decide(workspace, UNKNOWN);
    return pressures;
  }
  for (const load of loads.values()) {
    const workspace = workspaceOf(memory, policy, load.workspace);
    decide(workspace, workspaceSignals(workspace, load));
  }
  for (const workspace of memory.workspaces.values()) {
    if (!loads.has(workspace.subject.id) && hasSaid(workspace)) decide(workspace, idleSignals(workspace));
  }
  return pressures;
}

function clusterSignals(
  { contention: sample, loads, drills }: ClusterSeen,
  { contention, isDrilled }: ContentionFound,
): BackpressureSignals {
  return {
    scope: 'cluster',
    redisMemoryBp: injectContention(sample, drills).redisMemoryBp,
    contention,
    backlog: loads && sumOfBacklogs(loads),
    synthetic: isDrilled,
  };
}

function sumOfBacklogs(loads: Loads): number {
  let sum = 0;
  for (const { backlog } of loads.values()) sum += backlog;
  return sum;
}

function workspaceSignals(workspace: WorkspaceMemory, load: WorkspaceLiveLoad): BackpressureSignals {
  return {
    scope: 'workspace',
    backlog: load.backlog,
    maxBacklog: workspace.maxBacklog,
    oldestRunnableMs: load.oldestRunnableMs,
    waitingFor: load.waitingFor,
    synthetic: false,
  };
}

/** Of a workspace without work. */
function idleSignals({ maxBacklog }: WorkspaceMemory): BackpressureSignals {
  return { ...UNKNOWN, maxBacklog, backlog: 0, oldestRunnableMs: 0 };
}

const UNKNOWN: BackpressureSignals & { readonly scope: 'workspace' } = Object.freeze({
  scope: 'workspace',
  backlog: null,
  // With a limit, so that what is not known counts as such.
  maxBacklog: 1,
  oldestRunnableMs: null,
  waitingFor: null,
  synthetic: false,
});

function isPressed({ backpressure }: WorkspaceMemory): boolean {
  return backpressure.state.level !== 'none';
}

/** Whether its last word is other than that nothing is the matter. */
function hasSaid({ backpressure: { last } }: WorkspaceMemory): boolean {
  return last !== null && last.reasonCode !== 'none';
}
