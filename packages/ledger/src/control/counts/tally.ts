import { EMPTY_HISTOGRAM, type Histogram, type WorkspaceCounts } from '@fairlead/core';

/**
 * Counts that are added to in place. Of 50,000 windows the sums of each second would be 60 MB of garbage that is old enough
 * to be collected late: half of a tick's time went there.
 */
export type Tally = { -readonly [Field in keyof WorkspaceCounts]: WorkspaceCounts[Field] } & {
  wait: number[];
  run: number[];
};

/** A tally of its own, and just so a copy that nobody adds to. */
export function tallyOf(counts: WorkspaceCounts): Tally {
  return { ...counts, wait: [...counts.wait], run: [...counts.run] };
}

export function addTo(tally: Tally, counts: WorkspaceCounts): void {
  tally.enqueues += counts.enqueues;
  tally.enqueueFailures += counts.enqueueFailures;
  tally.started += counts.started;
  tally.finished += counts.finished;
  tally.failed += counts.failed;
  tally.dead += counts.dead;
  tally.duplicates += counts.duplicates;
  tally.suppressed += counts.suppressed;
  tally.late += counts.late;
  tally.stalled += counts.stalled;
  tally.lostLocks += counts.lostLocks;
  mergeInto(tally.wait, counts.wait);
  mergeInto(tally.run, counts.run);
}

function mergeInto(histogram: number[], more: Histogram): void {
  if (more === EMPTY_HISTOGRAM) return;
  let at = 0;
  for (let i = 0; i < more.length; i += 2) {
    const bucket = more[i] as number;
    const count = more[i + 1] as number;
    while (at < histogram.length && (histogram[at] as number) < bucket) at += 2;
    if (histogram[at] === bucket) histogram[at + 1] = (histogram[at + 1] as number) + count;
    else histogram.splice(at, 0, bucket, count);
  }
}
