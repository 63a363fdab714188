import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on, timer by timer, and lets everything that follows from each happen. */
  advance(ms: number): Promise<void>;
  /** Moves time on without letting anybody notice, as a handler that computes does. */
  spend(ms: number): void;
}

/** Lets promises and turns of the event loop run until nothing but time could change anything. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Time that stands still until it is moved. */
export function fakeClock(): FakeClock {
  let now = 0;
  let order = 0;
  const timers = new Map<number, { atMs: number; run: () => void }>();

  const next = (untilMs: number) =>
    [...timers]
      .filter(([, timer]) => timer.atMs <= untilMs)
      .sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0];

  return {
    nowMs: () => now,
    after(delayMs, run) {
      const id = order++;
      timers.set(id, { atMs: now + delayMs, run });
      return () => void timers.delete(id);
    },
    spend(ms) {
      now += ms;
    },
    async advance(ms) {
      await settled();
      const untilMs = now + ms;
      for (let due = next(untilMs); due; due = next(untilMs)) {
        const [id, timer] = due;
        timers.delete(id);
        now = Math.max(now, timer.atMs);
        timer.run();
        await settled();
      }
      now = untilMs;
    },
  };
}
