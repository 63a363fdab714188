import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words for the error: "the job is done". */
  readonly what: string;
  /** Default 30,000: a busy machine takes many seconds for what takes none on a calm one. */
  readonly deadlineMs?: number;
  /** Default 20. */
  readonly everyMs?: number;
}

/**
 * Asks `condition` again and again until its answer is truthy, and gives that answer. An error that it throws counts
 * as "not yet". Rejects after the deadline with what was waited for and the last error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<NonNullable<T>> {
  const { what, deadlineMs = 30_000, everyMs = 20 } = options;
  const endMs = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= endMs) {
      throw new Error(
        `Waited ${deadlineMs} ms in vain until ${what}.`,
        last === undefined ? {} : { cause: last },
      );
    }
    await sleep(everyMs);
  }
}
