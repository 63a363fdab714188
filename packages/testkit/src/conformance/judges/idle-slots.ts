import type { Seen } from '../fair-system.ts';

export interface Room {
  /** Of all replicas. */
  readonly slots: number;
  /** Jobs that a workspace may run at once; of others, no limit. */
  readonly limits?: ReadonlyMap<string, number>;
}

/** Of when something happened: what ends comes before what becomes ready, and that before what starts. */
const ORDER = { ended: 0, ready: 1, started: 2 } as const;

/**
 * The longest time without a break in which a slot was free and a job could have run in it, ms. It is the longest that
 * any one slot was idle, or longer: slots are not told apart. So jobs should run for much longer than it takes to start
 * one.
 */
export function longestIdleMs(seen: Seen, room: Room): number {
  const changes = seen.attempts.flatMap(({ workspace, readyAtMs, startedAtMs, endedAtMs }) => {
    const times = [{ what: 'ready' as 'ready' | 'started' | 'ended', atMs: readyAtMs, workspace }];
    if (startedAtMs !== undefined) times.push({ what: 'started', atMs: startedAtMs, workspace });
    if (endedAtMs !== undefined) times.push({ what: 'ended', atMs: endedAtMs, workspace });
    return times.filter(({ atMs }) => atMs <= seen.atMs);
  });
  changes.sort((a, b) => a.atMs - b.atMs || ORDER[a.what] - ORDER[b.what]);

  const standing = new Map<string, { waiting: number; running: number }>();
  let running = 0;
  let runnable = 0;
  let idleSinceMs: number | undefined;
  let longest = 0;
  const runnableOf = (workspace: string) => {
    const { waiting, running: its } = standing.get(workspace) ?? { waiting: 0, running: 0 };
    return Math.min(waiting, (room.limits?.get(workspace) ?? Number.POSITIVE_INFINITY) - its);
  };
  for (const { what, atMs, workspace } of changes) {
    runnable -= runnableOf(workspace);
    const its = standing.get(workspace) ?? { waiting: 0, running: 0 };
    standing.set(workspace, its);
    if (what === 'ready') its.waiting++;
    else if (what === 'started') {
      its.waiting--;
      its.running++;
      running++;
    } else {
      its.running--;
      running--;
    }
    runnable += runnableOf(workspace);
    if (running < room.slots && runnable > 0) {
      idleSinceMs ??= atMs;
    } else if (idleSinceMs !== undefined) {
      longest = Math.max(longest, atMs - idleSinceMs);
      idleSinceMs = undefined;
    }
  }
  return idleSinceMs === undefined ? longest : Math.max(longest, seen.atMs - idleSinceMs);
}
