/**
 * Watches the event loop: while a handler computes without a pause, no lock is renewed, and after the lock's time other
 * replicas take over the jobs of all handlers here. Nothing is lost by that, but work is done twice; so it is said.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

export interface LoopWatch {
  start(): void;
  stop(): void;
}

export interface LoopWatchParts {
  /** A shorter block is none. */
  readonly leastMs: number;
  readonly clock: Clock;
  /** The longest block of the last second; called when the loop runs again. */
  readonly onBlocked: (blockedMs: number) => void;
}

const LOOK_EVERY_MS = 1_000;
const RESOLUTION_MS = 20;

export function createLoopWatch({ leastMs, clock, onBlocked }: LoopWatchParts): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let cancel = () => {};

  function look(): void {
    // What is measured is the time from one look of the monitor to the next, in nanoseconds.
    const blockedMs = delays.max / 1e6 - RESOLUTION_MS;
    delays.reset();
    if (blockedMs >= leastMs) onBlocked(blockedMs);
    cancel = clock.after(LOOK_EVERY_MS, look);
  }

  return {
    start() {
      delays.enable();
      cancel = clock.after(LOOK_EVERY_MS, look);
    },
    stop() {
      cancel();
      delays.disable();
    },
  };
}
