import type { Consumer } from '@fairlead/consumer';
import type { Logger, RunningServer } from '@fairlead/http';

/** Kept for what comes after the drain: answering the last probe, flushing traces. */
const CLOSING_SHARE = 0.1;
const MAX_CLOSING_MS = 1_000;

export interface ShutDownParts {
  readonly consumer: Consumer;
  readonly ledger?: { close(): Promise<void> } | undefined;
  readonly server: RunningServer;
  readonly telemetry: { shutdown(): Promise<void> };
  readonly logger: Logger;
  /** Ends the process; called only when the order below was not kept in time. */
  readonly exit: (code: number) => void;
}

/**
 * Drains the replica, then closes the rest. Health and metrics are answered until the drain is over, so
 * that its progress can be watched. After `timeoutMs` the process ends whatever still hangs: an
 * orchestrator would kill it otherwise, and its jobs are safe in either case.
 */
export async function shutDown(parts: ShutDownParts, timeoutMs: number): Promise<void> {
  const { consumer, ledger, server, telemetry, logger } = parts;
  const closingMs = Math.min(MAX_CLOSING_MS, timeoutMs * CLOSING_SHARE);
  const overdue = setTimeout(() => {
    logger.warn({ timeoutMs }, 'the shutdown was not over in time: the process ends all the same');
    parts.exit(0);
  }, timeoutMs);

  const { running, settling } = consumer.state();
  logger.info({ running, settling }, 'draining');
  const report = await consumer.drain(timeoutMs - closingMs);
  logger.info(report, 'drained');
  await Promise.allSettled([server.close(closingMs / 2), ledger?.close(), telemetry.shutdown()]);
  clearTimeout(overdue);
}
