/** A line that a service logged: an object with pino's fields among others. */
export interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly url?: string;
  readonly err?: { readonly message?: string };
  readonly [field: string]: unknown;
}

/** pino's number for `warn`. */
export const WARN_LEVEL = 40;

/** The log line, or `undefined` for output that is not JSON (a crash of Node, say). */
export function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
