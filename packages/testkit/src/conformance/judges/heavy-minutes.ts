import { fairnessOf, serviceWindows, type WorkspaceTimes } from '@fairlead/core';
import type { Seen } from '../fair-system.ts';

export interface HeavyMinutes {
  readonly count: number;
  /** The least of Jain's indexes; 0 without a heavy minute. */
  readonly leastJain: number;
  /** The largest part that one workspace had of all starts of a heavy minute. */
  readonly topShare: number;
}

/** Ten quanta each: with fewer, a quantum more or less makes the index worse than the goal. */
const LEAST_STARTS_EACH = 40;

/** Of minutes in which two workspaces or more had work waiting all the time, and started forty jobs each in the mean. */
export function heavyMinutes(seen: Seen, minuteMs: number): HeavyMinutes {
  const times = timesOf(seen);
  const weights = times.map(({ weight }) => weight);
  const heavy = serviceWindows(times, minuteMs).flatMap((window) => {
    const jain = fairnessOf(window, weights);
    const each = window.starts.filter((_, index) => window.backlogged[index]);
    if (jain === undefined || sum(each) < LEAST_STARTS_EACH * each.length) return [];
    return [{ jain, topShare: Math.max(...window.starts) / sum(window.starts) }];
  });
  return {
    count: heavy.length,
    leastJain: heavy.length === 0 ? 0 : Math.min(...heavy.map(({ jain }) => jain)),
    topShare: Math.max(0, ...heavy.map(({ topShare }) => topShare)),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function timesOf(seen: Seen): WorkspaceTimes[] {
  const groups = Map.groupBy(seen.attempts, ({ workspace }) => workspace);
  return [...groups].map(([name, attempts]) => ({
    name,
    weight: 1,
    jobs: attempts.map(({ readyAtMs, startedAtMs }) => ({
      createdAtMs: readyAtMs,
      startedAtMs: startedAtMs ?? seen.atMs,
    })),
  }));
}
