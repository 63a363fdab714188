import type { Logger, RunningServer } from '@fairlead/http';

interface Closable {
  close(): Promise<void>;
}

export interface ShutDownParts {
  readonly server: RunningServer;
  readonly dispatcher: { drain(withinMs: number): void; stop(): Promise<void> };
  readonly scheduler: Closable;
  readonly ledger: Closable;
  readonly telemetry: { shutdown(): Promise<void> };
  readonly logger: Logger;
}

/** Of the time, kept for closing what is behind the requests. */
const CLOSING_SHARE = 0.2;
/** For what runs inline: its requests are answered after that. */
const INLINE_SHARE = 0.5;

/**
 * Answers the requests in flight, then closes the rest; resolves after `timeoutMs` whatever still hangs,
 * for an orchestrator would kill the process then. What was answered with 202 is durable either way: in Postgres, where the
 * relay of another dispatcher finds what is not in Redis yet, or without the ledger in Redis.
 */
export async function shutDown(parts: ShutDownParts, timeoutMs: number): Promise<void> {
  const { server, dispatcher, scheduler, ledger, telemetry, logger } = parts;
  const overdue = new Promise<'overdue'>((resolve) => {
    setTimeout(() => resolve('overdue'), timeoutMs).unref();
  });
  const inOrder = async () => {
    dispatcher.drain(timeoutMs * INLINE_SHARE);
    const { cutOff } = await server.close(timeoutMs * (1 - CLOSING_SHARE));
    if (cutOff > 0) logger.warn({ requests: cutOff }, 'requests were cut off: they took too long');
    // It has a last word for Redis, and for Postgres.
    await Promise.allSettled([dispatcher.stop()]);
    await Promise.allSettled([scheduler.close(), ledger.close(), telemetry.shutdown()]);
    return 'closed' as const;
  };
  logger.info({ timeoutMs }, 'shutting down');
  if ((await Promise.race([inOrder(), overdue])) === 'overdue') {
    logger.warn({ timeoutMs }, 'the shutdown was not over in time: the process ends all the same');
  }
}
