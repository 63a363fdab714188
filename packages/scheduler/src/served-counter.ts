import type { Redis } from 'ioredis';
import type { ClaimedHash } from './claimed-job.ts';
import { reportServed } from './verbs/served.ts';

export interface ServedCounter {
  count(jobs: readonly ClaimedHash[]): void;
  /** Completed jobs of one shard. */
  countRuns(shard: number, completed: readonly { readonly job: ClaimedHash }[]): void;
  start(): void;
  /** What was not reported yet is left out. */
  stop(): void;
}

/** What one shard's jobs did since the last report. */
interface Tally {
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
export function createServedCounter(redis: Redis, onError: (error: Error) => void): ServedCounter {
  let shards = new Map<number, Tally>();
  let sinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let reporting = false;

  function tallyOf(shard: number): Tally {
    let tally = shards.get(shard);
    if (!tally) {
      tally = { started: new Map(), count: 0, totalMs: 0 };
      shards.set(shard, tally);
    }
    return tally;
  }

  async function report(): Promise<void> {
    // While Redis is away calls wait for it: one is enough.
    if (reporting) return;
    const [tallies, nowMs] = [shards, performance.now()];
    const coversMs = nowMs - sinceMs;
    shards = new Map();
    sinceMs = nowMs;
    reporting = true;
    for (const [shard, { started, ...runs }] of tallies) {
      await reportServed(redis, shard, started, runs, coversMs).catch(onError);
    }
    reporting = false;
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
      timer ??= setInterval(() => void report(), EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
