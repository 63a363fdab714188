import type { Evidence } from '@fairlead/scheduler';
import type { ClaimedJob } from '../claimer-port.ts';
import type { Clock } from '../clock.ts';

export interface EvidenceKept {
  /** Keeps the job's trace, if it has one and there is room. */
  keep(job: ClaimedJob, what: Evidence['what']): void;
  /** What was kept since the last time. */
  take(): Evidence[];
}

/** Enough to look at; a decision links to a few. */
const MAX_A_SECOND = 5;
/** While reports fail. */
const MAX_KEPT = 50;

/** Jobs by which it can be seen why a decision was taken: some of those that ended dead, ran twice or waited long. */
export function createEvidence(clock: Clock): EvidenceKept {
  let kept: Evidence[] = [];
  let sinceMs = Number.NEGATIVE_INFINITY;
  let inSecond = 0;

  return {
    keep({ workspace, traceparent }, what) {
      if (traceparent === undefined || kept.length >= MAX_KEPT) return;
      const nowMs = clock.nowMs();
      if (nowMs - sinceMs >= 1_000) {
        sinceMs = nowMs;
        inSecond = 0;
      }
      if (inSecond++ < MAX_A_SECOND) kept.push({ workspace, what, traceparent });
    },
    take() {
      const taken = kept;
      kept = [];
      return taken;
    },
  };
}
