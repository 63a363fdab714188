import type { ParkReason } from './park-reason.ts';
import type { Bucket } from './quota.ts';
import type { WorkspaceConfig } from './workspace.ts';

/** A job as the model sees it. */
export interface ModelJob {
  readonly id: string;
  /** 0 runs first, in order of arrival; others by number, then arrival. */
  readonly priority: number;
}

/** BullMQ's lists of one queue. */
export interface ModelQueue {
  /** Oldest first. */
  wait: ModelJob[];
  prioritized: { readonly job: ModelJob; readonly order: number }[];
  /** Due times carry BullMQ's order in 1/4096 ms. Earliest first. */
  delayed: { readonly job: ModelJob; readonly dueMs: number }[];
  active: ModelJob[];
  /** BullMQ's own pause. */
  paused: boolean;
  arrivals: number;
  /** Ids in `wait` whose job data is gone. */
  vanished: Set<string>;
}

/** What was started in one window of a shard. */
export interface ServedWindow {
  /** When counting began; not before the window did. */
  readonly fromMs: number;
  readonly starts: Map<string, number>;
  /** Sum of the weights of those who were served. */
  weights: number;
}

/** Everything one shard remembers. */
export interface ShardState {
  clock: number;
  ring: Map<string, number>;
  park: Map<string, { readonly atMs: number; readonly reason: ParkReason }>;
  busy: Set<string>;
  config: Map<string, WorkspaceConfig>;
  /** Of workspaces that are not at the base of the ladder. */
  quotas: Map<string, number>;
  /** What a run of theirs is expected to last, ms; only with runtime fairness. */
  runEstimates: Map<string, number>;
  /** Mean run of jobs with starts fairness, ms. */
  meanRunMs: number | undefined;
  /** Tags of workspaces that left the ring ahead of the clock, or with runtime fairness. */
  tags: Map<string, number>;
  buckets: Map<string, Bucket>;
  queues: Map<string, ModelQueue>;
  /** By their number; see served.ts. */
  served: Map<number, ServedWindow>;
  generation: boolean;
  /** What makes its tags points of the virtual time of all shards; undefined before its first place among them. */
  offset: number | undefined;
  /** Whether its ring was empty when it was claimed from last. */
  rests: boolean;
}

/** A look-again time that never comes: a pause ends by a setting, not by time. */
export const NEVER_MS = 1_000_000_000_000_000;

/** A new shard; claims are refused until its generation is written. */
export function emptyShard(): ShardState {
  return {
    clock: 0,
    ring: new Map(),
    park: new Map(),
    busy: new Set(),
    config: new Map(),
    quotas: new Map(),
    runEstimates: new Map(),
    meanRunMs: undefined,
    tags: new Map(),
    buckets: new Map(),
    queues: new Map(),
    served: new Map(),
    generation: false,
    offset: undefined,
    rests: false,
  };
}

/** The queue of a workspace, made on first use. */
export function queueOf(state: ShardState, workspace: string): ModelQueue {
  let queue = state.queues.get(workspace);
  if (!queue) {
    queue = {
      wait: [],
      prioritized: [],
      delayed: [],
      active: [],
      paused: false,
      arrivals: 0,
      vanished: new Set(),
    };
    state.queues.set(workspace, queue);
  }
  return queue;
}

/** Jobs that could start at once if nothing else held the workspace back. */
export function runnableJobs(state: ShardState, workspace: string): number {
  const queue = state.queues.get(workspace);
  return queue ? queue.wait.length + queue.prioritized.length : 0;
}
