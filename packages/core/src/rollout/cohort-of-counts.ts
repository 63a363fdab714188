import type { WorkspaceCounts } from '../counts/workspace-counts.ts';
import { quantileOf } from '../histogram/histogram.ts';
import type { CohortCounts } from './signals.ts';

const UNKNOWN: CohortCounts = Object.freeze({
  enqueues: null,
  enqueueFailures: null,
  duplicateDispatches: null,
  finished: null,
  dead: null,
  queueAgeP95Ms: null,
});

/**
 * The signal that one side of a rollout is.
 *
 * @param counts of all its workspaces since the hold began; null when some of them are not known
 * @param duplicateDispatches among them; null when not known
 */
export function cohortCountsOf(
  counts: WorkspaceCounts | null,
  duplicateDispatches: number | null,
): CohortCounts {
  if (counts === null) return UNKNOWN;
  const { enqueues, enqueueFailures, finished, dead, wait } = counts;
  const age = quantileOf(wait, 9_500);
  return {
    enqueues: enqueues + enqueueFailures,
    enqueueFailures,
    duplicateDispatches,
    finished,
    dead,
    queueAgeP95Ms: age.samples === 0 ? null : age.valueMs,
  };
}
