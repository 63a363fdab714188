/** Counts by workspace while they are being counted: numbers that only go up, until they are taken. */
import { histogramFrom, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';

/** Counts of one workspace, to be raised in place: counting a job makes no garbage. */
export type Counters = {
  -readonly [field in Exclude<keyof WorkspaceCounts, 'wait' | 'run'>]: number;
} & {
  /** How many jobs waited, and ran, for how long: counts by bucket of core's histograms. */
  readonly wait: Map<number, number>;
  readonly run: Map<number, number>;
};

export interface Tally {
  /** The counters of a workspace, for raising one of them now. */
  of(workspace: string): Counters;
  /** Whether there is nothing to take. */
  isEmpty(): boolean;
  /** What was counted since the last time, and begins anew. */
  take(): ReadonlyMap<string, WorkspaceCounts>;
}

/** It takes as much memory as the workspaces need in which something happened since the last `take` but one. */
export function createTally(): Tally {
  const byWorkspace = new Map<string, Counters>();
  /** Those in which something was counted since the last time. */
  const counted = new Set<string>();

  return {
    of(workspace) {
      let counters = byWorkspace.get(workspace);
      if (!counters) {
        counters = { ...NO_COUNTS, wait: new Map(), run: new Map() };
        byWorkspace.set(workspace, counters);
      }
      counted.add(workspace);
      return counters;
    },
    isEmpty: () => counted.size === 0,
    take() {
      const taken = new Map<string, WorkspaceCounts>();
      for (const [workspace, counters] of byWorkspace) {
        if (!counted.has(workspace)) {
          byWorkspace.delete(workspace);
          continue;
        }
        const { wait, run, ...numbers } = counters;
        taken.set(workspace, { ...numbers, wait: histogramFrom(wait), run: histogramFrom(run) });
        wait.clear();
        run.clear();
        Object.assign(counters, NO_COUNTS, { wait, run });
      }
      counted.clear();
      return taken;
    },
  };
}

/** Counts one value in its bucket. */
export function countIn(histogram: Map<number, number>, bucket: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
}
