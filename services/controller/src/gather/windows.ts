/**
 * What happened in each workspace, by the windows that promotion judges.
 *
 *     start        start + length    start + 2 × length
 *       |──── open ────|──── next ────|── …                 counts go where the time of their report lies
 *
 * So it makes no difference when ticks happen, nor whether a window is judged late: what came in after its end is in
 * the next one already. A workspace whose windows nobody waits for is not counted, and has nothing here.
 */
import { addCounts, NO_COUNTS, type Span, type WorkspaceCounts } from '@fairlead/core';

export interface WindowName {
  readonly workspace: string;
  readonly startMs: number;
}

export interface CountedWindow extends WindowName {
  readonly counts: WorkspaceCounts;
}

export interface Windows {
  /** Counts this workspace from here on, by windows that follow on `open`; what lies before is over. Null: not at all. */
  follow(workspace: string, open: Span | null): void;
  add(workspace: string, atMs: number, counts: WorkspaceCounts): void;
  /** Of the window that starts there; of none nothing. */
  countsOf(workspace: string, startMs: number): WorkspaceCounts;
  /** Takes back what was saved, where it is of windows that are followed. */
  restore(saved: readonly CountedWindow[]): void;
  /** What is other than at the last call: for saving. */
  takeChanges(): { readonly changed: CountedWindow[]; readonly ended: WindowName[] };
}

interface Followed {
  startMs: number;
  lengthMs: number;
  readonly counts: Map<number, WorkspaceCounts>;
  /** Starts of windows that have changed. */
  readonly dirty: Set<number>;
}

export function createWindows(): Windows {
  const all = new Map<string, Followed>();
  const touched = new Set<string>();
  let ended: WindowName[] = [];

  function set(workspace: string, followed: Followed, startMs: number, counts: WorkspaceCounts): void {
    followed.counts.set(startMs, counts);
    followed.dirty.add(startMs);
    touched.add(workspace);
  }

  function forget(workspace: string, followed: Followed, isOver: (startMs: number) => boolean): void {
    for (const startMs of followed.counts.keys()) {
      if (!isOver(startMs)) continue;
      followed.counts.delete(startMs);
      followed.dirty.delete(startMs);
      ended.push({ workspace, startMs });
    }
  }

  return {
    follow(workspace, open) {
      const followed = all.get(workspace);
      if (open === null) {
        if (followed) forget(workspace, followed, () => true);
        all.delete(workspace);
        return;
      }
      const { startMs, endMs } = open;
      const lengthMs = endMs - startMs;
      if (followed === undefined) {
        all.set(workspace, { startMs, lengthMs, counts: new Map(), dirty: new Set() });
        return;
      }
      if (followed.startMs === startMs && followed.lengthMs === lengthMs) return;
      const isNext =
        followed.lengthMs === lengthMs &&
        startMs > followed.startMs &&
        (startMs - followed.startMs) % lengthMs === 0;
      forget(workspace, followed, (start) => !isNext || start < startMs);
      Object.assign(followed, { startMs, lengthMs });
    },

    add(workspace, atMs, counts) {
      const followed = all.get(workspace);
      if (followed === undefined || atMs < followed.startMs) return;
      const startMs = atMs - ((atMs - followed.startMs) % followed.lengthMs);
      set(workspace, followed, startMs, addCounts(followed.counts.get(startMs) ?? NO_COUNTS, counts));
    },

    countsOf: (workspace, startMs) => all.get(workspace)?.counts.get(startMs) ?? NO_COUNTS,

    restore(saved) {
      for (const { workspace, startMs, counts } of saved) {
        const followed = all.get(workspace);
        const sinceMs = followed === undefined ? -1 : startMs - followed.startMs;
        if (followed && sinceMs >= 0 && sinceMs % followed.lengthMs === 0)
          followed.counts.set(startMs, counts);
        else ended.push({ workspace, startMs });
      }
    },

    takeChanges() {
      const changed: CountedWindow[] = [];
      for (const workspace of touched) {
        const followed = all.get(workspace);
        for (const startMs of followed?.dirty ?? []) {
          changed.push({ workspace, startMs, counts: followed?.counts.get(startMs) ?? NO_COUNTS });
        }
        followed?.dirty.clear();
      }
      touched.clear();
      const over = ended;
      ended = [];
      return { changed, ended: over };
    },
  };
}
