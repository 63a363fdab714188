/** Readiness: whether a service can do its work now, answered in time even when a dependency hangs. */
import { FairleadError } from '@fairlead/core';
import { type FieldIssue, ProblemError } from './problem.ts';

/** By the name of what is checked, as an operator reads it. A check that rejects says why. */
export type ReadinessChecks = Readonly<Record<string, (deadlineMs: number) => Promise<void>>>;

/**
 * Runs all checks side by side.
 *
 * @throws ProblemError NOT_READY that names each one that failed or did not answer within `deadlineMs`
 */
export async function allReady(checks: ReadinessChecks, deadlineMs: number): Promise<void> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<FieldIssue | undefined> => {
      try {
        await within(check(deadlineMs), deadlineMs);
        return undefined;
      } catch (error) {
        return { path: name, message: reasonOf(error) };
      }
    }),
  );
  const errors = results.filter((issue) => issue !== undefined);
  if (errors.length === 0) return;
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new ProblemError('NOT_READY', detail, { errors });
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

/** Only faults of ours say something for an operator; anything else could say anything. */
function reasonOf(error: unknown): string {
  return error instanceof FairleadError ? error.message : 'the check failed';
}
