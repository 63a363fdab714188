/** Says of each thing once that it fails, and once that it works again. */
export interface Complaints {
  /** Undefined: it worked. */
  tell(what: string, error: unknown): void;
  /** Runs it, and answers null when it fails. */
  unlessFailing<T>(what: string, work: Promise<T>): Promise<T | null>;
}

export interface ComplaintLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export function createComplaints(logger: ComplaintLogger): Complaints {
  const failing = new Set<string>();

  function tell(what: string, error: unknown): void {
    if (error === undefined) {
      if (failing.delete(what)) logger.info({}, `${what} again`);
    } else if (!failing.has(what)) {
      failing.add(what);
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ reason }, `${what} no longer; trying again`);
    }
  }

  return {
    tell,
    async unlessFailing(what, work) {
      try {
        const value = await work;
        tell(what, undefined);
        return value;
      } catch (error) {
        tell(what, error);
        return null;
      }
    },
  };
}
