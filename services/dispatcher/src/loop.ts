import { createBackgroundLoop, type Loop } from '@fairlead/http';

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

/** A loop in the background that says once that it fails, and once that it works again. */
export function createLoop({ round, everyMs, logger, what }: LoopParts): Loop {
  let failing = false;

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

  return createBackgroundLoop(async () => ((await once()) === 'wait' ? everyMs : undefined));
}
