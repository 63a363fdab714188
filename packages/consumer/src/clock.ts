/** Time as the replica sees it: monotonic, and moved by hand in tests. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** Longest delay that a timer takes; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** One turn of the event loop: timers, sockets and what settled together get their say. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
