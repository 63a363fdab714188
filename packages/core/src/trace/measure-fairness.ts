/**
 * Was service fair? Judged from when each job was created and started, after the fact, in windows of time.
 *
 * A workspace counts in a window when it had a runnable job waiting during the whole of it. In such a window each of them
 * should have got starts in proportion to its weight, so their starts divided by weight should be equal; Jain's index of
 * these numbers says how equal they are. Workspaces with a quota of their own are to be left out: a job that waits for a
 * token waits by its owner's wish.
 */
import { jainIndex } from '../statistics.ts';
import { type ServiceWindow, serviceWindows, type WorkspaceTimes } from './service-windows.ts';

export interface MeasuredFairness {
  /** Mean of Jain's index over the windows in which at least two workspaces were backlogged; 0 without such. */
  readonly jain: number;
  readonly jainMin: number;
  readonly windows: number;
}

/** Jain's index of weight-normalized starts, over all windows from the first creation on. */
export function measureFairness(workspaces: readonly WorkspaceTimes[], windowMs = 1_000): MeasuredFairness {
  const weights = workspaces.map(({ weight }) => weight);
  const indexes = serviceWindows(workspaces, windowMs).flatMap((window) => fairnessOf(window, weights) ?? []);
  if (indexes.length === 0) return { jain: 0, jainMin: 0, windows: 0 };
  const mean = indexes.reduce((sum, index) => sum + index, 0) / indexes.length;
  return { jain: mean, jainMin: Math.min(...indexes), windows: indexes.length };
}

/**
 * Jain's index of one window; undefined when fewer than two workspaces were backlogged throughout it, or none of them had
 * a start: then there is nothing that could have been shared otherwise.
 */
export function fairnessOf(window: ServiceWindow, weights: readonly number[]): number | undefined {
  const shares = window.starts.flatMap((starts, index) =>
    window.backlogged[index] === true ? starts / (weights[index] as number) : [],
  );
  return shares.length < 2 || shares.every((share) => share === 0) ? undefined : jainIndex(shares);
}
