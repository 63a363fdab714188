import { minuteReport, type WorkspaceTimes } from '@fairlead/core';
import type { Seen } from '../fair-system.ts';

export interface HeavyMinutes {
  readonly count: number;
  /** The least of Jain's indexes; 0 without a heavy minute. */
  readonly leastJain: number;
  /** The largest part that one workspace had of all starts of a heavy minute. */
  readonly topShare: number;
}

/** With fewer starts each, a quantum more or less is what the index shows. */
const LEAST_STARTS_EACH = 10;

/** Of minutes in which two workspaces or more had work waiting all the time, and started ten jobs each or more. */
export function heavyMinutes(seen: Seen, minuteMs: number): HeavyMinutes {
  const heavy = minuteReport(timesOf(seen), minuteMs).flatMap(({ jain, total, backlogged, topShare }) =>
    jain !== null && total >= LEAST_STARTS_EACH * backlogged ? [{ jain, topShare }] : [],
  );
  return {
    count: heavy.length,
    leastJain: heavy.length === 0 ? 0 : Math.min(...heavy.map(({ jain }) => jain)),
    topShare: Math.max(0, ...heavy.map(({ topShare }) => topShare)),
  };
}

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
