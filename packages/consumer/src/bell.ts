import type { Clock } from './clock.ts';

/** Wakes one waiter. A ring that nobody waits for is remembered, so that none is lost between two looks. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once when there was one since the last wait, or after `maxWaitMs`. */
  wait(maxWaitMs?: number): Promise<void>;
}

/** A bell for a loop that looks at the whole state again whenever it wakes: rings carry no meaning. */
export function createBell(clock: Clock): Bell {
  let rung = false;
  let waiter: (() => void) | undefined;

  return {
    ring() {
      if (waiter) waiter();
      else rung = true;
    },
    wait(maxWaitMs) {
      if (rung) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const wake = () => {
          cancel?.();
          waiter = undefined;
          resolve();
        };
        const cancel = maxWaitMs === undefined ? undefined : clock.after(maxWaitMs, wake);
        waiter = wake;
      });
    },
  };
}
