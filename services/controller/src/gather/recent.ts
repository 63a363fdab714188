import type { WorkspaceCounts } from '@fairlead/core';

/** Jobs that ended in the whole cluster, by slices of time: for a rate over the last minutes. */
export type Slice = readonly [startMs: number, finished: number, dead: number];

export interface Recent {
  add(atMs: number, counts: Pick<WorkspaceCounts, 'finished' | 'dead'>): void;
  /** From `sinceMs` on, to the slice. Forgets what is older. */
  sumSince(sinceMs: number): { readonly finished: number; readonly dead: number };
  /** For saving. */
  slices(): Slice[];
}

const SLICE_MS = 5_000;

export function createRecent(saved: readonly Slice[] = []): Recent {
  const slices = new Map(saved.map(([startMs, finished, dead]) => [startMs, { finished, dead }]));
  return {
    add(atMs, { finished, dead }) {
      if (finished === 0) return;
      const startMs = atMs - (atMs % SLICE_MS);
      const slice = slices.get(startMs) ?? { finished: 0, dead: 0 };
      slices.set(startMs, { finished: slice.finished + finished, dead: slice.dead + dead });
    },
    sumSince(sinceMs) {
      const sum = { finished: 0, dead: 0 };
      for (const [startMs, { finished, dead }] of slices) {
        if (startMs + SLICE_MS <= sinceMs) slices.delete(startMs);
        else {
          sum.finished += finished;
          sum.dead += dead;
        }
      }
      return sum;
    },
    slices: () => [...slices].map(([startMs, { finished, dead }]) => [startMs, finished, dead]),
  };
}
