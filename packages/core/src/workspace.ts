/**
 * A workspace is one tenant. Its slug is the name of its BullMQ queue and a part of every Redis key
 * of its own, so the form of the slug is what keeps tenants out of each other's keys: no `:`, no `{`,
 * no `~`, no upper case, at most 63 characters.
 */
export const WORKSPACE_SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether `value` may name a workspace. */
export function isWorkspaceSlug(value: string): boolean {
  return WORKSPACE_SLUG.test(value);
}

/** What is shared in proportion to the weights: starts of jobs, or the time that they run. */
export type FairnessMode = 'starts' | 'runtime';

/** What the scheduler knows of a workspace. Effective at the next claim, also for the existing backlog. */
export interface WorkspaceConfig {
  /** Share of service against the other backlogged workspaces, > 0. */
  readonly weight: number;
  /** Jobs that may be in flight at once; 0 = unlimited, 'quota' = what its place on the ladder gives. */
  readonly concurrency: number | 'quota';
  /** Token bucket refill in starts per second; 0 = unlimited, 'quota' as above. */
  readonly ratePerSecond: number | 'quota';
  /** Token bucket capacity in starts, 'quota' as above; used only with a rate, and then at least 1. */
  readonly burst: number | 'quota';
  /** A paused workspace keeps its backlog and starts nothing. */
  readonly paused: boolean;
  readonly fairness: FairnessMode;
}

export const DEFAULT_WORKSPACE_CONFIG: WorkspaceConfig = {
  weight: 1,
  concurrency: 'quota',
  ratePerSecond: 0,
  burst: 0,
  paused: false,
  fairness: 'starts',
};
