import type { Redis } from 'ioredis';
import type { ClaimedHash } from './claimed-job.ts';
import { reportServed } from './verbs/served.ts';

export interface ServedCounter {
  count(jobs: readonly ClaimedHash[]): void;
  start(): void;
  /** What was not reported yet is left out. */
  stop(): void;
}

/** Often enough for people who look, and rare enough to cost nothing: one call a shard for thousands of starts. */
const EVERY_MS = 2_000;

/**
 * Counts what this replica starts, and reports it every two seconds: how fast and how fairly a workspace is served is
 * known without any work of a claim or a finish in Redis. What could not be reported is left out; these are figures
 * of the last seconds and not an account. A replica that starts nothing sends nothing.
 */
export function createServedCounter(redis: Redis, onError: (error: Error) => void): ServedCounter {
  let started = new Map<number, Map<string, number>>();
  let sinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let reporting = false;

  async function report(): Promise<void> {
    // While Redis is away calls wait for it: one is enough.
    if (reporting) return;
    const [counts, nowMs] = [started, performance.now()];
    const coversMs = nowMs - sinceMs;
    started = new Map();
    sinceMs = nowMs;
    reporting = true;
    for (const [shard, byWorkspace] of counts) {
      await reportServed(redis, shard, byWorkspace, coversMs).catch(onError);
    }
    reporting = false;
  }

  return {
    count(jobs) {
      for (const { shard, workspace } of jobs) {
        let byWorkspace = started.get(shard);
        if (!byWorkspace) {
          byWorkspace = new Map();
          started.set(shard, byWorkspace);
        }
        byWorkspace.set(workspace, (byWorkspace.get(workspace) ?? 0) + 1);
      }
    },
    start() {
      sinceMs = performance.now();
      timer ??= setInterval(() => void report(), EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
