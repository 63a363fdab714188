import type { ClaimedHash } from './claimed-job.ts';
import type { RedisHandle } from './connection.ts';
import { reportServed } from './verbs/served.ts';

export interface ServedCounter {
  count(jobs: readonly ClaimedHash[]): void;
  /** Completed jobs of one shard. */
  countRuns(shard: number, completed: readonly { readonly job: ClaimedHash }[]): void;
  start(): void;
  /** What was not reported yet is left out. */
  stop(): void;
}

/** What one shard's jobs did since its last report. */
interface Tally {
  /** In this process's monotonic time. */
  readonly sinceMs: number;
  readonly started: Map<string, number>;
  /** Completed jobs with starts fairness, and how long they ran together. */
  count: number;
  totalMs: number;
}

/** Often enough for people who look, and rare enough to cost nothing: one call a shard for thousands of starts. */
const EVERY_MS = 2_000;

/**
 * Counts what this replica starts, and reports it every two seconds: how fast and how fairly a workspace is served is
 * known without any work of a claim or a finish in Redis. What could not be reported is left out; these are figures
 * of the last seconds and not an account. A replica that starts nothing sends nothing.
 */
export function createServedCounter(redis: RedisHandle, onError: (error: Error) => void): ServedCounter {
  const shards = new Map<number, Tally>();
  /** Shards whose report is under way. */
  const reporting = new Set<number>();
  let sinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function tallyOf(shard: number): Tally {
    let tally = shards.get(shard);
    if (!tally) {
      tally = { sinceMs, started: new Map(), count: 0, totalMs: 0 };
      shards.set(shard, tally);
    }
    return tally;
  }

  function report(): void {
    const nowMs = performance.now();
    for (const [shard, tally] of shards) {
      // While its server is away the call waits for it: one is enough.
      if (reporting.has(shard)) continue;
      const { sinceMs: fromMs, started, ...runs } = tally;
      shards.delete(shard);
      reporting.add(shard);
      void reportServed(redis, shard, started, runs, nowMs - fromMs)
        .catch(onError)
        .finally(() => reporting.delete(shard));
    }
    sinceMs = nowMs;
  }

  return {
    count(jobs) {
      for (const { shard, workspace } of jobs) {
        const { started } = tallyOf(shard);
        started.set(workspace, (started.get(workspace) ?? 0) + 1);
      }
    },
    countRuns(shard, completed) {
      const [tally, nowMs] = [tallyOf(shard), performance.now()];
      for (const { job } of completed) {
        if (job.charge !== undefined) continue;
        tally.count++;
        tally.totalMs += nowMs - job.receivedAt;
      }
    },
    start() {
      sinceMs = performance.now();
      timer ??= setInterval(report, EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
