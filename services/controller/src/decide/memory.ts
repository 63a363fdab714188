/**
 * What a leader remembers between ticks: of each subject its state and the end of its chain. Everything of a workspace
 * is in one place, so that a tick over 50,000 of them walks along a list. Whoever has not been decided on has no entry
 * in the database, and gets one here when there is something to decide.
 */
import {
  INITIAL_BACKPRESSURE,
  INITIAL_ROLLOUT,
  initialAutoscale,
  initialPromotion,
  type Kind,
  type Policy,
  type StateOf,
  type Subject,
  type SubjectMemory,
} from '@fairlead/core';
import type { Memories } from '@fairlead/ledger';

export interface WorkspaceMemory {
  readonly subject: Subject;
  promotion: SubjectMemory<'promotion'>;
  backpressure: SubjectMemory<'backpressure'>;
  /** Its settings, as far as decisions look at them. */
  eligible: boolean;
  maxBacklog: number | null;
}

export interface Memory {
  /** The last tick that was written: the next is written upon it. */
  tick: number;
  autoscale: SubjectMemory<'autoscale'>;
  /** Of the cluster. */
  backpressure: SubjectMemory<'backpressure'>;
  /** While capacity is not decided on: what contention looks like all the same. */
  shadow: StateOf<'autoscale'> | undefined;
  readonly rollouts: Map<string, SubjectMemory<'rollout'>>;
  readonly workspaces: Map<string, WorkspaceMemory>;
}

export const CLUSTER: Subject = Object.freeze({ type: 'cluster', id: 'cluster' });

/** From everything that the database has. */
export function memoryFrom(policy: Policy, tick: number, memories: Memories): Memory {
  const cluster = <K extends 'autoscale' | 'backpressure'>(kind: K, initial: StateOf<K>) =>
    subjectMemory(memories, kind, CLUSTER, initial);
  const memory: Memory = {
    tick,
    autoscale: cluster('autoscale', initialAutoscale(policy.autoscale)),
    backpressure: cluster('backpressure', INITIAL_BACKPRESSURE),
    shadow: undefined,
    rollouts: new Map(),
    workspaces: new Map(),
  };
  for (const id of memories.of('rollout', 'rollout').keys()) {
    memory.rollouts.set(id, subjectMemory(memories, 'rollout', { type: 'rollout', id }, INITIAL_ROLLOUT));
  }
  for (const kind of ['promotion', 'backpressure'] as const) {
    for (const id of memories.of(kind, 'workspace').keys()) {
      if (memory.workspaces.has(id)) continue;
      const workspace = newWorkspace(policy, id);
      workspace.promotion = subjectMemory(
        memories,
        'promotion',
        workspace.subject,
        workspace.promotion.state,
      );
      workspace.backpressure = subjectMemory(
        memories,
        'backpressure',
        workspace.subject,
        INITIAL_BACKPRESSURE,
      );
      memory.workspaces.set(id, workspace);
    }
  }
  return memory;
}

export function workspaceOf(memory: Memory, policy: Policy, id: string): WorkspaceMemory {
  const known = memory.workspaces.get(id);
  if (known !== undefined) return known;
  const workspace = newWorkspace(policy, id);
  memory.workspaces.set(id, workspace);
  return workspace;
}

/** Of a rollout that was not decided on. */
export function newRollout(): SubjectMemory<'rollout'> {
  return { state: INITIAL_ROLLOUT, last: null };
}

function newWorkspace(policy: Policy, id: string): WorkspaceMemory {
  return {
    subject: { type: 'workspace', id },
    promotion: { state: initialPromotion(policy.promotion), last: null },
    backpressure: { state: INITIAL_BACKPRESSURE, last: null },
    eligible: false,
    maxBacklog: null,
  };
}

function subjectMemory<K extends Kind>(
  memories: Memories,
  kind: K,
  { type, id }: Subject,
  initial: StateOf<K>,
): SubjectMemory<K> {
  const remembered = memories.of(kind, type).get(id);
  return { state: remembered?.state ?? initial, last: remembered?.last ?? null };
}
