import type { Seen } from '../fair-system.ts';

/** How long jobs of each workspace ran between two moments, ms; what still runs counts up to the second one. */
export function workerTime(seen: Seen, fromMs: number, toMs: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { workspace, startedAtMs, endedAtMs = toMs } of seen.attempts) {
    if (startedAtMs === undefined) continue;
    const ranMs = Math.max(0, Math.min(endedAtMs, toMs) - Math.max(startedAtMs, fromMs));
    times.set(workspace, (times.get(workspace) ?? 0) + ranMs);
  }
  return times;
}

/** The largest deviation of a workspace's part of the worker time from its part of the weights, percent of the latter. */
export function timeErrorPercent(
  times: ReadonlyMap<string, number>,
  weights: ReadonlyMap<string, number>,
): number {
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const total = [...weights.keys()].reduce((sum, workspace) => sum + (times.get(workspace) ?? 0), 0);
  if (total === 0) return Number.POSITIVE_INFINITY;
  const errors = [...weights].map(([workspace, weight]) =>
    Math.abs((times.get(workspace) ?? 0) / total / (weight / all) - 1),
  );
  return Math.max(...errors) * 100;
}
