/** Work that is done again and again until it is stopped. */
export interface Loop {
  start(): void;
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

/** @param round must not reject */
export function createLoop(round: () => Promise<void>, everyMs: number): Loop {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAtMs = performance.now();
      await round();
      await pause(Math.max(0, everyMs - (performance.now() - startedAtMs)), stopping.signal);
    }
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Waits, or returns at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
