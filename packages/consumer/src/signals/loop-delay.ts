import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../clock.ts';

export interface LoopDelay {
  start(): void;
  stop(): void;
  /** p99 of the last whole period, ms; 0 before the first is over. */
  p99Ms(): number;
}

const RESOLUTION_MS = 20;
/**
 * As long as the controller's tick. Of one second there are 50 samples, and their p99 is the longest of them: a single
 * pause would look like a replica that cannot keep up.
 */
const PERIOD_MS = 15_000;

/** How late the event loop comes to its timers: what computes without a pause in it delays everything else. */
export function createLoopDelay(clock: Clock): LoopDelay {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let p99Ms = 0;
  let cancel = () => {};

  function look(): void {
    // What is measured is the time from one look of the monitor to the next, in nanoseconds.
    p99Ms = Math.max(0, Math.round(delays.percentile(99) / 1e6) - RESOLUTION_MS);
    delays.reset();
    cancel = clock.after(PERIOD_MS, look);
  }

  return {
    start() {
      delays.enable();
      cancel = clock.after(PERIOD_MS, look);
    },
    stop() {
      cancel();
      delays.disable();
    },
    p99Ms: () => p99Ms,
  };
}
