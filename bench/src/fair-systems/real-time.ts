/** The part of a contest that all systems in real time have in common: the book, the clock, and jobs that take their time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contest, createRecorder, PATIENCE_MS, type PlannedJob, type Recorder } from '@fairlead/testkit';

/** One clock for all processes of this machine, ms. */
export function clockMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Holds a slot as long as planned; a job of no time holds it for none. */
export async function work(runMs: number): Promise<void> {
  // A contest that is over leaves runs behind, for which nobody waits.
  if (runMs > 0) await sleep(runMs, undefined, { ref: false });
}

export interface RealTime extends Pick<Contest, 'untilMs' | 'until' | 'seen'> {
  readonly recorder: Recorder;
  /** Number of the first; they are ready from now on. */
  added(jobs: readonly PlannedJob[]): number;
  begin(): void;
  /** Runs a job, as a handler does; throws when this attempt is to fail. */
  run(job: number): Promise<void>;
  /** Something went wrong: whoever waits is told. */
  fail(error: Error): void;
}

export function createRealTime(): RealTime {
  const recorder = createRecorder();
  let beganAtMs = 0;
  let failure: Error | undefined;

  function check(): void {
    if (failure !== undefined) throw failure;
  }

  return {
    recorder,
    added: (jobs) => recorder.added(jobs, clockMs()),
    begin() {
      beganAtMs = clockMs();
      recorder.begun(beganAtMs);
    },
    async run(job) {
      const { runMs, failures = 0 } = recorder.planned(job);
      const attempt = recorder.started(job, 0, clockMs());
      await work(runMs);
      recorder.ended(job, clockMs());
      if (attempt <= failures) throw new Error('this attempt is to fail');
    },
    fail(error) {
      failure ??= error;
    },
    async untilMs(ms) {
      const leftMs = beganAtMs + ms - clockMs();
      if (leftMs > 0) await sleep(leftMs);
      check();
    },
    async until(reached) {
      const patience = new AbortController();
      const tooLong = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => {
        const { started, ended } = recorder.progress;
        throw new Error(`nothing comes of it: ${started} started, ${ended} ended in ${PATIENCE_MS} ms`);
      });
      const asked = recorder.reached((progress) => {
        check();
        return reached(progress);
      });
      try {
        await Promise.race([asked, tooLong]);
      } finally {
        patience.abort();
        tooLong.catch(() => {});
      }
    },
    seen: () => recorder.seen(clockMs()),
  };
}
