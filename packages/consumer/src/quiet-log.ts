import type { Clock } from './clock.ts';

/** The part of a pino logger that is used here. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

const QUIET_MS = 10_000;

/**
 * Warns of what may happen thousands of times a second: the first at once, then at most one line per
 * message and ten seconds, with the number of those that were not written.
 */
export function createQuietLog(
  logger: Logger,
  clock: Clock,
): (message: string, fields: Readonly<Record<string, unknown>>) => void {
  const seen = new Map<string, { atMs: number; suppressed: number }>();
  return (message, fields) => {
    const now = clock.nowMs();
    const last = seen.get(message);
    if (last && now - last.atMs < QUIET_MS) {
      last.suppressed++;
      return;
    }
    logger.warn(last?.suppressed ? { ...fields, suppressed: last.suppressed } : fields, message);
    seen.set(message, { atMs: now, suppressed: 0 });
  };
}
