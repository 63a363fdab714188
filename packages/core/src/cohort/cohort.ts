import { ONE_IN_BP } from '../decision/rate.ts';

/**
 * Cohorts of a rollout: each workspace has one place on a line of 10,000 for each rollout, and a stage takes all
 * places below its share. A larger share therefore contains every smaller one (5 % ⊂ 25 % ⊂ 100 %), nobody is moved
 * when workspaces come or go, and two rollouts do not try everything on the same tenants.
 *
 * The place is FNV-1a over the UTF-16 code units with the finalizer of MurmurHash3: FNV alone leaves the last
 * characters in the low bits, and `ws-1 … ws-9` would sit side by side.
 */
export function cohortPlace(rollout: string, workspace: string): number {
  let hash = 0x811c9dc5;
  const key = `${rollout}\n${workspace}`;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % ONE_IN_BP;
}

/** Whether a rollout that stands at `shareBp` of workspaces includes this one: at 0 nobody, at 10,000 everybody. */
export function isInCohort(rollout: string, workspace: string, shareBp: number): boolean {
  return cohortPlace(rollout, workspace) < shareBp;
}
