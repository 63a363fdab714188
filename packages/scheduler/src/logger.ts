/** The part of a pino logger that is used here. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

const LOG_EVERY_MS = 10_000;

/** Logs the first error at once and further ones at most every ten seconds, with their count. */
export function limitLog(logger: Logger, message: string): (error: Error) => void {
  let lastAtMs = -Infinity;
  let suppressed = 0;
  return (error) => {
    const now = performance.now();
    if (now - lastAtMs < LOG_EVERY_MS) {
      suppressed++;
      return;
    }
    logger.warn({ error: error.message || error.name, suppressed }, message);
    lastAtMs = now;
    suppressed = 0;
  };
}
