/** Readiness: whether a service can do its work now, answered in time even when a dependency hangs. */
import { FAULTS, FairleadError } from '@fairlead/core';
import { type FieldIssue, ProblemError } from './problem.ts';

/** By the name of what is checked, as an operator reads it. A check that rejects says why. */
export type ReadinessChecks = Readonly<Record<string, (deadlineMs: number) => Promise<void>>>;

export interface ReadinessOptions {
  /** For all checks together. */
  readonly deadlineMs: number;
  readonly logger: { warn(fields: object, message: string): void };
}

/**
 * A look that runs all checks side by side, and rejects with a ProblemError NOT_READY that names each one that failed or
 * did not answer in time. Anybody may ask `/readyz`: what a fault of ours says, with hosts and ports in it, goes to the
 * log, once until it changes.
 */
export function createReadiness(
  checks: ReadinessChecks,
  { deadlineMs, logger }: ReadinessOptions,
): () => Promise<void> {
  /** What was logged last, by the name of the check; forgotten when that passes. */
  const logged = new Map<string, string>();

  function log(name: string, { message, fix }: FairleadError): void {
    if (logged.get(name) === message) return;
    logged.set(name, message);
    logger.warn({ check: name, reason: message, fix }, 'the service is not ready');
  }

  async function look(name: string, check: ReadinessChecks[string]): Promise<FieldIssue | undefined> {
    try {
      await within(check(deadlineMs), deadlineMs);
      logged.delete(name);
      return undefined;
    } catch (error) {
      if (error instanceof FairleadError && !(error instanceof ProblemError)) log(name, error);
      return { path: name, message: reasonOf(error) };
    }
  }

  return async () => {
    const looks = Object.entries(checks).map(([name, check]) => look(name, check));
    const errors = (await Promise.all(looks)).filter((issue) => issue !== undefined);
    if (errors.length === 0) return;
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new ProblemError('NOT_READY', detail, { errors });
  };
}

/** Rejects when `work` has not settled in time; whatever becomes of it later is ignored. */
export async function within(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ProblemError('NOT_READY', `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For everybody: what was written for clients, or what kind of fault it is. */
function reasonOf(error: unknown): string {
  if (error instanceof ProblemError) return error.message;
  return error instanceof FairleadError ? FAULTS[error.code].title : 'the check failed';
}
