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

/** What the scheduler knows of a workspace. Effective at the next claim, also for the existing backlog. */
export interface WorkspaceConfig {
  /** Share of starts against the other backlogged workspaces, > 0. */
  readonly weight: number;
  /** Jobs that may be in flight at once; 0 = unlimited. */
  readonly concurrency: number;
  /** Token bucket refill in starts per second; 0 = unlimited. */
  readonly ratePerSecond: number;
  /** Token bucket capacity in starts; used only with a rate, and then at least 1. */
  readonly burst: number;
  /** A paused workspace keeps its backlog and starts nothing. */
  readonly paused: boolean;
}

export const DEFAULT_WORKSPACE_CONFIG: WorkspaceConfig = {
  weight: 1,
  concurrency: 0,
  ratePerSecond: 0,
  burst: 0,
  paused: false,
};
