/** Work in the background that is done again and again until it is stopped. */
export interface Loop {
  start(): void;
  /** Ends after the turn under way. */
  stop(): Promise<void>;
}

/** @param turn must not reject; answers how long to wait for the next, ms; undefined: not at all */
export function createBackgroundLoop(turn: () => Promise<number | undefined>): Loop {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = await turn();
      if (waitMs !== undefined) await pause(waitMs, stopping.signal);
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
