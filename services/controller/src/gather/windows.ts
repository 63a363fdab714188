/**
 * What happened in each workspace, by the windows that promotion judges.
 *
 *     start        start + length    start + 2 × length
 *       |──── open ────|──── next ────|── …                 counts go where the time of their report lies
 *
 * So it makes no difference when ticks happen, nor whether a window is judged late: what came in after its end is in
 * the next one already. A workspace whose windows nobody waits for is not counted, and has nothing here.
 *
 * While nobody judges (promotion is switched off) only the last few windows of each workspace are kept. An older one is
 * judged as one without jobs, which is too few to say anything.
 */
import { NO_COUNTS, type Span, type WorkspaceCounts } from '@fairlead/core';
import type { CountedWindows } from '@fairlead/ledger';

export interface Windows {
  /** Counts this workspace from here on, by windows that follow on `open`; what lies before is over. Null: not at all. */
  follow(workspace: string, open: Span | null): void;
  add(workspace: string, atMs: number, counts: WorkspaceCounts): void;
  /** Of the window that starts there; of none nothing. */
  countsOf(workspace: string, startMs: number): WorkspaceCounts;
  /** Forgets what was saved of windows that are not followed. */
  forgetOthers(): void;
}

interface Followed {
  startMs: number;
  lengthMs: number;
}

/** With the one that is open. Contention is not remembered for as long as they take, and without it none is healthy. */
const MAX_WINDOWS = 8;

/** @param counted where the counts are; what it has already is as it was saved */
export function createWindows(counted: CountedWindows): Windows {
  const all = new Map<string, Followed>();

  function forget(workspace: string, isOver: (startMs: number) => boolean): void {
    for (const startMs of counted.startsOf(workspace)) if (isOver(startMs)) counted.drop(workspace, startMs);
  }

  return {
    follow(workspace, open) {
      const followed = all.get(workspace);
      if (open === null) {
        if (followed) forget(workspace, () => true);
        all.delete(workspace);
        return;
      }
      const { startMs, endMs } = open;
      const lengthMs = endMs - startMs;
      if (followed === undefined) {
        all.set(workspace, { startMs, lengthMs });
        return;
      }
      if (followed.startMs === startMs && followed.lengthMs === lengthMs) return;
      const isNext =
        followed.lengthMs === lengthMs &&
        startMs > followed.startMs &&
        (startMs - followed.startMs) % lengthMs === 0;
      forget(workspace, (start) => !isNext || start < startMs);
      Object.assign(followed, { startMs, lengthMs });
    },

    add(workspace, atMs, counts) {
      const followed = all.get(workspace);
      if (followed === undefined || atMs < followed.startMs) return;
      const startMs = atMs - ((atMs - followed.startMs) % followed.lengthMs);
      const oldestMs = startMs - (MAX_WINDOWS - 1) * followed.lengthMs;
      if (oldestMs > followed.startMs && counted.get(workspace, startMs) === undefined) {
        forget(workspace, (start) => start < oldestMs);
      }
      counted.add(workspace, startMs, counts);
    },

    countsOf: (workspace, startMs) => counted.get(workspace, startMs) ?? NO_COUNTS,

    forgetOthers() {
      for (const workspace of [...counted.names()]) {
        const followed = all.get(workspace);
        forget(workspace, (startMs) => {
          const sinceMs = followed === undefined ? -1 : startMs - followed.startMs;
          return followed === undefined || sinceMs < 0 || sinceMs % followed.lengthMs !== 0;
        });
      }
    },
  };
}
