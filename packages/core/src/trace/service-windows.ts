/** When the jobs of one workspace came and began. */
export interface WorkspaceTimes {
  readonly name: string;
  readonly weight: number;
  readonly jobs: readonly { readonly createdAtMs: number; readonly startedAtMs: number }[];
  /**
   * When somebody looked and saw no job of it waiting, ascending. A job whose replica died is started anew, and only its
   * last start is known: from its times alone it seems to have waited all the while.
   */
  readonly seenIdleAtMs?: readonly number[];
}

/** What was started in one window of time. */
export interface ServiceWindow {
  /** Since the first job was created, ms. */
  readonly atMs: number;
  readonly lengthMs: number;
  /** In the order of the workspaces given. */
  readonly starts: readonly number[];
  /** Which of them had a job waiting during the whole of it: who had nothing to run cannot be treated unfairly. */
  readonly backlogged: readonly boolean[];
}

/**
 * Cuts what happened into windows of equal length, from the first creation to the last start. Of the last one nobody
 * counts as backlogged throughout, since it is not over.
 */
export function serviceWindows(workspaces: readonly WorkspaceTimes[], lengthMs: number): ServiceWindow[] {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { jobs } of workspaces) {
    for (const { createdAtMs, startedAtMs } of jobs) {
      fromMs = Math.min(fromMs, createdAtMs);
      toMs = Math.max(toMs, startedAtMs);
    }
  }
  if (toMs < fromMs) return [];
  const count = Math.floor((toMs - fromMs) / lengthMs) + 1;
  const cut = workspaces.map((workspace) => cutOne(workspace, fromMs, lengthMs, count));
  return Array.from({ length: count }, (_, window) => ({
    atMs: window * lengthMs,
    lengthMs,
    starts: cut.map((one) => (one[window] as Cut).starts),
    backlogged: cut.map((one) => window < count - 1 && (one[window] as Cut).leastWaiting > 0),
  }));
}

interface Cut {
  starts: number;
  /** The fewest jobs that were waiting at any moment of the window. */
  leastWaiting: number;
}

function cutOne(
  { jobs, seenIdleAtMs = [] }: WorkspaceTimes,
  fromMs: number,
  lengthMs: number,
  count: number,
): Cut[] {
  const created = jobs.map(({ createdAtMs }) => createdAtMs).sort((a, b) => a - b);
  const started = jobs.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b);
  const windows: Cut[] = [];
  let atCreated = 0;
  let atStarted = 0;
  for (let window = 0; window < count; window++) {
    const beginMs = fromMs + window * lengthMs;
    const endMs = beginMs + lengthMs;
    while (atCreated < created.length && (created[atCreated] as number) <= beginMs) atCreated++;
    let leastWaiting = atCreated - atStarted;
    let starts = 0;
    // Only a start makes the number of waiting jobs smaller, so looking right after each one finds the least.
    while (atStarted < started.length && (started[atStarted] as number) < endMs) {
      const nowMs = started[atStarted] as number;
      while (atCreated < created.length && (created[atCreated] as number) <= nowMs) atCreated++;
      atStarted++;
      starts++;
      leastWaiting = Math.min(leastWaiting, atCreated - atStarted);
    }
    windows.push({ starts, leastWaiting });
  }
  for (const seenMs of seenIdleAtMs) {
    const window = windows[Math.floor((seenMs - fromMs) / lengthMs)];
    if (window !== undefined) window.leastWaiting = 0;
  }
  return windows;
}
