import type { Clock } from './clock.ts';

/** The part of a pino logger that is used here. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

/** `kind` tells apart what would otherwise count as repeats of one message. */
export type QuietWarn = (message: string, fields: Readonly<Record<string, unknown>>, kind?: string) => void;

const QUIET_MS = 10_000;
/** Kinds may come from clients. */
const MAX_KINDS = 1_000;

/**
 * Warns of what may happen thousands of times a second: the first at once, then at most one line per
 * message, kind and ten seconds, with the number of those that were not written.
 */
export function createQuietLog(logger: Logger, clock: Clock): QuietWarn {
  const seen = new Map<string, { atMs: number; suppressed: number }>();
  return (message, fields, kind = '') => {
    const now = clock.nowMs();
    const name = `${message}\u0000${kind}`;
    const last = seen.get(name);
    if (last && now - last.atMs < QUIET_MS) {
      last.suppressed++;
      return;
    }
    logger.warn(last?.suppressed ? { ...fields, suppressed: last.suppressed } : fields, message);
    if (seen.size >= MAX_KINDS && !last) seen.clear();
    seen.set(name, { atMs: now, suppressed: 0 });
  };
}
