/**
 * BullMQ's order within a queue: jobs without priority first, as they came; then the others by their number, lower first,
 * and as they came. A delayed or retried job comes when it is due.
 */
import type { Attempt, Seen } from '../fair-system.ts';

/**
 * Attempts that began too early, or while one of the same workspace was waiting that goes before them.
 *
 * @param slackMs between being due and being noticed, and between being taken and the first line of a handler
 */
export function misplaced(seen: Seen, slackMs: number): Attempt[] {
  return seen.attempts.filter((attempt) => {
    const { startedAtMs } = attempt;
    if (startedAtMs === undefined) return false;
    if (startedAtMs < attempt.readyAtMs - 1) return true;
    return seen.attempts.some(
      (other) =>
        other.workspace === attempt.workspace &&
        other.readyAtMs + slackMs < startedAtMs &&
        (other.startedAtMs === undefined || other.startedAtMs > startedAtMs) &&
        goesBefore(other, attempt, slackMs),
    );
  });
}

function goesBefore(a: Attempt, b: Attempt, slackMs: number): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.readyAtMs === b.readyAtMs) return a.job < b.job;
  return a.readyAtMs + slackMs < b.readyAtMs;
}
