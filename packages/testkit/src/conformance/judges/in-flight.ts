import type { Seen } from '../fair-system.ts';

/** The most jobs of a workspace that ran at the same moment, over every moment. */
export function mostInFlight(seen: Seen, workspace: string): number {
  const changes: { readonly atMs: number; readonly by: 1 | -1 }[] = [];
  for (const attempt of seen.attempts) {
    if (attempt.workspace !== workspace || attempt.startedAtMs === undefined) continue;
    changes.push({ atMs: attempt.startedAtMs, by: 1 });
    if (attempt.endedAtMs !== undefined) changes.push({ atMs: attempt.endedAtMs, by: -1 });
  }
  // What ended in the moment in which another began did not run beside it.
  changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
