import type { Ability, Contest, FairSystem, PlannedJob, Settings, Setup } from '../fair-system.ts';
import type { Finding } from '../finding.ts';
import type { Sizes } from '../sizes.ts';

export interface Scenario {
  /** The first part of the names of its figures. */
  readonly name: string;
  /** What must hold. */
  readonly about: string;
  readonly needs: readonly Ability[];
  play(system: FairSystem, sizes: Sizes): Promise<Finding[]>;
}

/** Opens a contest, and closes it whatever happens. */
export async function inContest<T>(
  system: FairSystem,
  setup: Setup,
  play: (contest: Contest) => Promise<T>,
): Promise<T> {
  const contest = await system.open(setup);
  try {
    return await play(contest);
  } finally {
    await contest.close();
  }
}

/** So many jobs of one workspace. */
export function jobsOf(workspace: string, count: number, runMs: number): PlannedJob[] {
  return Array.from({ length: count }, () => ({ workspace, runMs }));
}

/** `tenant-0`, `tenant-1`, … */
export function names(count: number, prefix = 'tenant'): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
}

/** The same settings for all of them. */
export function all(workspaces: readonly string[], settings: Settings): ReadonlyMap<string, Settings> {
  return new Map(workspaces.map((workspace) => [workspace, settings]));
}

/** The most of a workspace that one visit takes, in all systems of ours. */
export const QUANTUM = 4;
