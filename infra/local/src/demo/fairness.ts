/**
 * Was service fair? Judged from when each job was created and started, after the fact, in windows of one second.
 *
 * A workspace counts in a window when it had a runnable job waiting during the whole of it: who had nothing to run can
 * not be treated unfairly. In such a window each of them should have got starts in proportion to its weight, so
 * their starts divided by weight should be equal; Jain's index of these numbers says how equal they are. Workspaces
 * with a quota of their own are left out: a job that waits for a token waits by its owner's wish.
 *
 * A job whose replica died is started anew, and only its last start is known: from its times alone it seems to have
 * waited all the while. So a workspace that was seen without a waiting job during a window does not count in it.
 */
import { jainIndex } from '@fairlead/core';

export interface WorkspaceTimes {
  readonly name: string;
  readonly weight: number;
  readonly jobs: readonly { readonly createdAtMs: number; readonly startedAtMs: number }[];
  /** When somebody looked and saw no job of it waiting, ascending. */
  readonly seenIdleAtMs?: readonly number[];
}

export interface Fairness {
  /** Mean of Jain's index over the windows in which at least two workspaces were backlogged; 0 without such. */
  readonly jain: number;
  readonly jainMin: number;
  readonly windows: number;
}

const WINDOW_MS = 1_000;

/** Jain's index of weight-normalized starts, over all windows of a second from the first creation on. */
export function measureFairness(workspaces: readonly WorkspaceTimes[]): Fairness {
  const all = workspaces.flatMap(({ jobs }) => jobs);
  if (all.length === 0) return { jain: 0, jainMin: 0, windows: 0 };
  const fromMs = all.reduce(
    (least, { createdAtMs }) => Math.min(least, createdAtMs),
    Number.POSITIVE_INFINITY,
  );
  const toMs = all.reduce((most, { startedAtMs }) => Math.max(most, startedAtMs), 0);
  const count = Math.floor((toMs - fromMs) / WINDOW_MS);
  const measured = workspaces.map(({ weight, jobs, seenIdleAtMs = [] }) => {
    const windows = windowsOf(jobs, fromMs, count);
    for (const seenMs of seenIdleAtMs) {
      const window = windows[Math.floor((seenMs - fromMs) / WINDOW_MS)];
      if (window !== undefined) window.leastWaiting = 0;
    }
    return { weight, windows };
  });

  const indexes: number[] = [];
  for (let window = 0; window < count; window++) {
    const shares = measured
      .map(({ weight, windows }) => ({ weight, at: windows[window] as Window }))
      .filter(({ at }) => at.leastWaiting > 0)
      .map(({ weight, at }) => at.starts / weight);
    if (shares.length >= 2) indexes.push(jainIndex(shares));
  }
  if (indexes.length === 0) return { jain: 0, jainMin: 0, windows: 0 };
  const mean = indexes.reduce((sum, index) => sum + index, 0) / indexes.length;
  return { jain: mean, jainMin: Math.min(...indexes), windows: indexes.length };
}

interface Window {
  starts: number;
  /** The fewest jobs that were waiting at any moment of the window. */
  leastWaiting: number;
}

function windowsOf(jobs: WorkspaceTimes['jobs'], fromMs: number, count: number): Window[] {
  const created = jobs.map(({ createdAtMs }) => createdAtMs).sort((a, b) => a - b);
  const started = jobs.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b);
  const windows: Window[] = [];
  let atCreated = 0;
  let atStarted = 0;
  for (let window = 0; window < count; window++) {
    const beginMs = fromMs + window * WINDOW_MS;
    const endMs = beginMs + WINDOW_MS;
    while (atCreated < created.length && (created[atCreated] as number) <= beginMs) atCreated++;
    let leastWaiting = atCreated - atStarted;
    let starts = 0;
    // Only a start makes the number of waiting jobs smaller, so looking right after each one finds the least.
    for (; atStarted < started.length && (started[atStarted] as number) < endMs; ) {
      const nowMs = started[atStarted] as number;
      while (atCreated < created.length && (created[atCreated] as number) <= nowMs) atCreated++;
      atStarted++;
      starts++;
      leastWaiting = Math.min(leastWaiting, atCreated - atStarted);
    }
    windows.push({ starts, leastWaiting });
  }
  return windows;
}
