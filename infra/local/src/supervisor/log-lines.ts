/** A line that a service logged: an object with pino's fields among others. */
export interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly url?: string;
  readonly err?: { readonly message?: string };
  /** What an error is when it is no exception, as of a check of readiness. */
  readonly reason?: string;
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

/**
 * The last lines that tell why something went wrong: what was not logged at all (a crash of Node), and warnings and
 * errors in words. Lesser lines are noise there; they are in the log file.
 */
export function tellingLines(lines: readonly string[], most: number): string[] {
  return lines
    .flatMap((line) => {
      const log = parseLogLine(line);
      if (log === undefined) return [line];
      if ((log.level ?? 0) < WARN_LEVEL) return [];
      const cause = causeOf(log);
      return [[log.msg, cause].filter((text) => text !== undefined && text !== '').join(': ')];
    })
    .slice(-most);
}

/** Why a line was logged as a warning; of a request, which it was, when nothing else says so. */
export function causeOf({ err, reason, method, path, status, code }: LogLine): string | undefined {
  if (err?.message !== undefined) return err.message;
  if (typeof reason === 'string') return reason;
  if (method === undefined || path === undefined) return undefined;
  return [method, path, status, code].filter((part) => part !== undefined).join(' ');
}
