import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** A logger of JSON lines, to the standard output unless told otherwise. */
export function createLogger(
  name: string,
  level: string,
  destination: { write(line: string): void } = pino.destination(1),
): Logger {
  return pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** The one line that says where a service listens; whoever started it waits for it, whatever the level. */
export function logListening(logger: Logger, url: string, fields: object = {}): void {
  logger.child({}, { level: 'info' }).info({ url, ...fields }, 'listening');
}
