/** The two sides of each rollout, counted since its stage is held: workspaces that have the change, and the rest. */
import { addCounts, isInCohort, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';

/** Of one rollout. JSON, for it is saved as it is. */
export interface Sides {
  readonly rollout: string;
  readonly shareBp: number;
  /** Since when they are counted, ms: the state's `holdStartMs`. */
  readonly sinceMs: number;
  readonly cohort: WorkspaceCounts;
  readonly rest: WorkspaceCounts;
  /** Windows of the cohort that had been dispatched twice by then. */
  readonly dispatchesBefore: number;
}

export function beginSides(about: Omit<Sides, 'cohort' | 'rest'>): Sides {
  return { ...about, cohort: NO_COUNTS, rest: NO_COUNTS };
}

/** With what one report counted in one workspace. */
export function addToSides(sides: Sides, workspace: string, atMs: number, counts: WorkspaceCounts): Sides {
  if (atMs < sides.sinceMs) return sides;
  return isInCohort(sides.rollout, workspace, sides.shareBp)
    ? { ...sides, cohort: addCounts(sides.cohort, counts) }
    : { ...sides, rest: addCounts(sides.rest, counts) };
}

/** How many windows were ever dispatched twice in workspaces of the cohort. */
export function dispatchesIn(
  { rollout, shareBp }: Pick<Sides, 'rollout' | 'shareBp'>,
  byWorkspace: ReadonlyMap<string, number>,
): number {
  let sum = 0;
  for (const [workspace, times] of byWorkspace) if (isInCohort(rollout, workspace, shareBp)) sum += times;
  return sum;
}
