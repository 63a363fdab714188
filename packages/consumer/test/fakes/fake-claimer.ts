import type { ClaimAnswer, ClaimedJob, Claimer, SettleOutcome } from '../../src/claimer-port.ts';
import type { FakeClock } from './fake-clock.ts';

export type FakeJob = { -readonly [K in keyof ClaimedJob]: ClaimedJob[K] } & { lock: AbortController };

/** What was done to jobs, in order. */
export type Deed =
  | { verb: 'complete'; id: string; result: unknown }
  | { verb: 'discard'; id: string }
  | { verb: 'fail'; id: string; message: string; name: string; retry: boolean; leastDelayMs?: number }
  | { verb: 'postpone'; id: string; delayMs: number; mark?: Readonly<Record<string, string>> }
  | { verb: 'progress'; id: string; value: unknown }
  | { verb: 'log'; id: string; line: string };

/** A claimer over one queue in memory, whose troubles are the test's to choose. */
export interface FakeClaimer extends Claimer {
  /** Adds a job, and wakes who waits unless it comes `'unannounced'`. */
  add(job?: Partial<ClaimedJob>, how?: 'unannounced'): FakeJob;
  readonly deeds: Deed[];
  /** Every call by name, in order; claims with what they asked for. */
  readonly calls: string[];
  waiting(): number;
  /** From now on these calls reject. */
  breakDown(verbs: readonly (keyof Claimer)[], error?: Error): void;
  /** From now on nothing is answered, as with a stopped Redis. */
  freeze(): void;
  /** From now on `noteAlone` is not answered. */
  holdNotes(): void;
  /** All of it is over; frozen calls go on. */
  mend(): Promise<void>;
  /** Claims answer that there is no generation. */
  generation: boolean;
  /** Claims give nothing and say that there is something. */
  pretendRunnable: boolean;
  /** What claims say of work that is due later. */
  dueInMs: number | undefined;
}

export function fakeClaimer(clock: FakeClock): FakeClaimer {
  const queue: FakeJob[] = [];
  const deeds: Deed[] = [];
  const calls: string[] = [];
  let waiters: (() => void)[] = [];
  let broken = new Set<keyof Claimer>();
  let error = new Error('connection is closed');
  let thaw: { promise: Promise<void>; resolve: () => void } | undefined;
  let heldNotes: { promise: Promise<void>; resolve: () => void } | undefined;
  let added = 0;
  let stopped = false;

  async function call(verb: keyof Claimer, label: string = verb): Promise<void> {
    calls.push(label);
    if (thaw) await thaw.promise;
    if (stopped) throw new Error('the connection was closed');
    if (broken.has(verb)) throw error;
  }

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  async function settle(verb: keyof Claimer, job: ClaimedJob, deed: Deed): Promise<SettleOutcome> {
    await call(verb);
    if (job.signal.aborted && !job.cancelled) return { outcome: 'lost_lock' };
    deeds.push(deed);
    if (deed.verb === 'fail' && deed.retry && job.attempt < job.maxAttempts)
      return { outcome: 'retrying', delayMs: deed.leastDelayMs ?? 0 };
    if (deed.verb === 'fail') return { outcome: 'dead' };
    return deed.verb === 'postpone' ? { outcome: 'retrying', delayMs: deed.delayMs } : { outcome: 'settled' };
  }

  const claimer: FakeClaimer = {
    deeds,
    calls,
    generation: true,
    pretendRunnable: false,
    dueInMs: undefined,
    add(fields = {}, how) {
      const lock = new AbortController();
      const job: FakeJob = {
        workspace: 'acme',
        id: `job-${++added}`,
        type: 'work',
        payload: {},
        attempt: 1,
        maxAttempts: 3,
        timeoutMs: undefined,
        createdAtMs: 0,
        runnableAtMs: 0,
        claimedAtMs: 0,
        deferredFailure: undefined,
        unknownSinceMs: undefined,
        signal: lock.signal,
        cancelled: false,
        stalledCount: 0,
        poison: false,
        recorded: false,
        traceparent: undefined,
        lock,
      };
      // Not a spread: a getter among the fields stays one.
      Object.defineProperties(job, Object.getOwnPropertyDescriptors(fields));
      queue.push(job);
      if (how !== 'unannounced') wake();
      return job;
    },
    waiting: () => queue.length,
    breakDown(verbs, why = new Error('connection is closed')) {
      broken = new Set(verbs);
      error = why;
    },
    freeze() {
      thaw = Promise.withResolvers<void>();
    },
    holdNotes() {
      heldNotes = Promise.withResolvers<void>();
    },
    async mend() {
      broken = new Set();
      heldNotes?.resolve();
      heldNotes = undefined;
      thaw?.resolve();
      thaw = undefined;
    },
    start: () => call('start'),
    async claim(maxJobs): Promise<ClaimAnswer> {
      await call('claim', `claim ${maxJobs}`);
      if (!claimer.generation) return { outcome: 'no_generation' };
      if (claimer.pretendRunnable)
        return { outcome: 'claimed', jobs: [], moreRunnable: true, dueInMs: undefined, parked: {} };
      const jobs = queue.splice(0, maxJobs);
      for (const job of jobs) job.claimedAtMs = clock.nowMs();
      return {
        outcome: 'claimed',
        jobs,
        moreRunnable: queue.length > 0,
        dueInMs: claimer.dueInMs,
        parked: {},
      };
    },
    async screen(jobs) {
      if (broken.has('screen')) throw error;
      return jobs;
    },
    async waitForWork(maxWaitMs) {
      await call('waitForWork');
      if (queue.length > 0) return;
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
        clock.after(maxWaitMs, resolve);
      });
    },
    async passOn() {
      calls.push('passOn');
    },
    interrupt() {
      calls.push('interrupt');
      wake();
    },
    drain: () => void calls.push('drain'),
    async noteAlone(job) {
      await call('noteAlone');
      await heldNotes?.promise;
      return !job.signal.aborted || job.cancelled;
    },
    complete: (job, result) => settle('complete', job, { verb: 'complete', id: job.id, result }),
    discard: (job) => settle('discard', job, { verb: 'discard', id: job.id }),
    fail: (job, { message, name }, { retry, leastDelayMs = 0 }) =>
      settle('fail', job, {
        verb: 'fail',
        id: job.id,
        message,
        name,
        retry,
        ...(leastDelayMs > 0 ? { leastDelayMs } : {}),
      }),
    postpone: (job, delayMs, mark) =>
      settle('postpone', job, { verb: 'postpone', id: job.id, delayMs, ...(mark ? { mark } : {}) }),
    async progress(job, value) {
      await call('progress');
      deeds.push({ verb: 'progress', id: job.id, value });
    },
    async log(job, line) {
      await call('log');
      deeds.push({ verb: 'log', id: job.id, line });
    },
    async stop() {
      stopped = true;
      calls.push('stop');
      thaw?.resolve();
      wake();
    },
  };
  return claimer;
}
