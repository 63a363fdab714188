import { EMPTY_HISTOGRAM, type Histogram, mergeHistograms } from '../histogram/histogram.ts';

/**
 * What happened in one workspace over some time: what replicas and dispatchers report every second, what a window sums
 * up. Counts only add; so reports may come in any order and from any number of them, and a window is their sum.
 */
export interface WorkspaceCounts {
  /** Jobs that were accepted. */
  readonly enqueues: number;
  /** Jobs that were refused because the system could not take them: nothing that the sender did wrong. */
  readonly enqueueFailures: number;
  /** Attempts that began. */
  readonly started: number;
  /** Jobs that ended: succeeded or dead. */
  readonly finished: number;
  /** Attempts that failed, whether or not the job was tried again. */
  readonly failed: number;
  /** Jobs that ended dead: their retries exhausted. */
  readonly dead: number;
  /** Effects that ran a second time. */
  readonly duplicates: number;
  /** Effects that were asked for again and not run. */
  readonly suppressed: number;
  /** Finishes that came after another had been recorded. */
  readonly late: number;
  /** Jobs found without a living owner. */
  readonly stalled: number;
  /** Lock renewals that came too late. */
  readonly lostLocks: number;
  /** How long jobs waited from due to started, and how long they ran, ms. */
  readonly wait: Histogram;
  readonly run: Histogram;
}

export const NO_COUNTS: WorkspaceCounts = Object.freeze({
  enqueues: 0,
  enqueueFailures: 0,
  started: 0,
  finished: 0,
  failed: 0,
  dead: 0,
  duplicates: 0,
  suppressed: 0,
  late: 0,
  stalled: 0,
  lostLocks: 0,
  wait: EMPTY_HISTOGRAM,
  run: EMPTY_HISTOGRAM,
});

/** Both together. */
export function addCounts(a: WorkspaceCounts, b: WorkspaceCounts): WorkspaceCounts {
  return {
    enqueues: a.enqueues + b.enqueues,
    enqueueFailures: a.enqueueFailures + b.enqueueFailures,
    started: a.started + b.started,
    finished: a.finished + b.finished,
    failed: a.failed + b.failed,
    dead: a.dead + b.dead,
    duplicates: a.duplicates + b.duplicates,
    suppressed: a.suppressed + b.suppressed,
    late: a.late + b.late,
    stalled: a.stalled + b.stalled,
    lostLocks: a.lostLocks + b.lostLocks,
    wait: mergeHistograms(a.wait, b.wait),
    run: mergeHistograms(a.run, b.run),
  };
}
