import type { Logger, RunningServer } from '@fairlead/http';

interface Closable {
  close(): Promise<void>;
}

export interface ShutDownParts {
  readonly server: RunningServer;
  readonly controller: { stop(): Promise<void> };
  readonly scheduler: Closable;
  readonly ledger: Closable;
  readonly telemetry: { shutdown(): Promise<void> };
  readonly logger: Logger;
}

/** Of the time, kept for closing what is behind requests and ticks. */
const CLOSING_SHARE = 0.2;

/**
 * Ends the tick under way and gives the lease up, so that another controller leads at once; answers the requests in
 * flight; then closes the rest. Resolves after `timeoutMs` whatever still hangs: what a tick had not written by then was
 * not acted upon either, and the next leader decides it anew.
 */
export async function shutDown(parts: ShutDownParts, timeoutMs: number): Promise<void> {
  const { server, controller, scheduler, ledger, telemetry, logger } = parts;
  const overdue = new Promise<'overdue'>((resolve) => {
    setTimeout(() => resolve('overdue'), timeoutMs).unref();
  });
  const inOrder = async () => {
    const [, { cutOff }] = await Promise.all([
      controller.stop(),
      server.close(timeoutMs * (1 - CLOSING_SHARE)),
    ]);
    if (cutOff > 0) logger.warn({ requests: cutOff }, 'requests were cut off: they took too long');
    await Promise.allSettled([scheduler.close(), ledger.close(), telemetry.shutdown()]);
    return 'closed' as const;
  };
  logger.info({ timeoutMs }, 'shutting down');
  if ((await Promise.race([inOrder(), overdue])) === 'overdue') {
    logger.warn({ timeoutMs }, 'the shutdown was not over in time: the process ends all the same');
  }
}
