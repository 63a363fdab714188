/** A loop in the background that says once that it fails, and once that it works again. */
export interface Loop {
  start(): void;
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

export interface LoopParts {
  /** `again`: there is more, do not wait. Throwing ends the round, not the loop. */
  readonly round: () => Promise<'again' | 'wait'>;
  readonly everyMs: number;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Who it is, for the log. */
  readonly what: string;
}

export function createLoop({ round, everyMs, logger, what }: LoopParts): Loop {
  const stopping = new AbortController();
  let failing = false;
  let running: Promise<void> | undefined;

  async function once(): Promise<'again' | 'wait'> {
    try {
      const next = await round();
      if (failing) logger.info({}, `${what} works again`);
      failing = false;
      return next;
    } catch (error) {
      if (!failing) logger.warn({ reason: (error as Error).message }, `${what} fails; trying again`);
      failing = true;
      return 'wait';
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if ((await once()) === 'wait') await pause(everyMs, stopping.signal);
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
