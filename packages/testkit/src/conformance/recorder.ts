/** Writes down what a contest shows: shared by all systems, so that all are judged by the same book. */
import type { Attempt, PlannedJob, Progress, Seen } from './fair-system.ts';

type Written = { -readonly [K in keyof Attempt]: Attempt[K] };

export interface Recorder {
  /** Gives the number of the first; the others follow it. */
  added(jobs: readonly PlannedJob[], atMs: number): number;
  planned(job: number): PlannedJob;
  /** The contest begins: what was ready before is ready now. */
  begun(atMs: number): void;
  /** Gives the number of the attempt, from 1. */
  started(job: number, replica: number, atMs: number): number;
  ended(job: number, atMs: number): void;
  /** What the replica ran is over, and to be run again. */
  killed(replica: number, atMs: number): void;
  readonly progress: Progress;
  /** Resolves when it is so; looks after each start and end. */
  reached(condition: (progress: Progress) => boolean): Promise<void>;
  seen(nowMs: number): Seen;
}

/** Times are given on any one clock, and told since `begun`. */
export function createRecorder(): Recorder {
  const plan: PlannedJob[] = [];
  const attempts: Written[] = [];
  /** By job: its last attempt, how many there were, and who runs it. */
  const last: Written[] = [];
  const counts: number[] = [];
  const runBy = new Map<number, number>();
  const starts: string[] = [];
  const startsOf = new Map<string, number>();
  const waiting = new Set<() => void>();
  let ended = 0;
  let beganAtMs = 0;

  const progress: Progress = {
    get started() {
      return starts.length;
    },
    get ended() {
      return ended;
    },
    startedOf: (workspace) => startsOf.get(workspace) ?? 0,
    runningOn: (replica) => [...runBy.values()].filter((by) => by === replica).length,
  };

  function expect(job: number, readyAtMs: number): void {
    const { workspace, priority = 0 } = plan[job] as PlannedJob;
    const attempt: Written = {
      job,
      workspace,
      priority,
      readyAtMs,
      startedAtMs: undefined,
      endedAtMs: undefined,
      killed: false,
    };
    attempts.push(attempt);
    last[job] = attempt;
  }

  function look(): void {
    for (const check of waiting) check();
  }

  return {
    progress,
    added(jobs, atMs) {
      const first = plan.length;
      for (const job of jobs) {
        plan.push(job);
        counts.push(0);
        expect(plan.length - 1, atMs + (job.delayMs ?? 0));
      }
      return first;
    },
    planned: (job) => plan[job] as PlannedJob,
    begun(atMs) {
      beganAtMs = atMs;
      for (const attempt of attempts) attempt.readyAtMs = Math.max(attempt.readyAtMs, atMs);
    },
    started(job, replica, atMs) {
      const attempt = last[job] as Written;
      if (attempt.startedAtMs !== undefined) throw new Error(`job ${job} runs twice at once`);
      attempt.startedAtMs = atMs;
      runBy.set(job, replica);
      starts.push(attempt.workspace);
      startsOf.set(attempt.workspace, progress.startedOf(attempt.workspace) + 1);
      counts[job] = (counts[job] as number) + 1;
      look();
      return counts[job] as number;
    },
    ended(job, atMs) {
      const { failures = 0, retryMs = 0 } = plan[job] as PlannedJob;
      (last[job] as Written).endedAtMs = atMs;
      runBy.delete(job);
      ended++;
      if ((counts[job] as number) <= failures) expect(job, atMs + retryMs);
      look();
    },
    killed(replica, atMs) {
      for (const [job, by] of runBy) {
        if (by !== replica) continue;
        const attempt = last[job] as Written;
        attempt.endedAtMs = atMs;
        attempt.killed = true;
        runBy.delete(job);
        expect(job, atMs);
      }
    },
    reached(condition) {
      return new Promise((resolve, reject) => {
        const check = () => {
          try {
            if (!condition(progress)) return;
            resolve();
          } catch (error) {
            reject(error as Error);
          }
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      });
    },
    seen(nowMs) {
      const since = (ms: number | undefined) => (ms === undefined ? undefined : ms - beganAtMs);
      return {
        atMs: nowMs - beganAtMs,
        starts: [...starts],
        attempts: attempts.map((attempt) => ({
          ...attempt,
          readyAtMs: attempt.readyAtMs - beganAtMs,
          startedAtMs: since(attempt.startedAtMs),
          endedAtMs: since(attempt.endedAtMs),
        })),
      };
    },
  };
}
