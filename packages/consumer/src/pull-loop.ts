/**
 * The pull loop: asks for as many jobs as the replica has free slots.
 *
 *     ┌─▶ no slot free ── wait for a finish ──────────────────────┐
 *     │   slot free ───── claim ─┬─ jobs ─▶ screen ─ ─ ─▶ begin   │
 *     │                          └─ no more ─▶ wait for work ─────┤
 *     └───────────────────────────────────────────────────────────┘
 *
 * It never polls, and asks only when there may be an answer. With nothing more to run it sits in `claimer.waitForWork`,
 * and its own finishes are no reason to ask again; but for those that made others runnable, of which it is told.
 *
 * *Slots* are held by handlers, not by jobs: a finished job's slot is free while Redis is being told, so
 * that claims and finishes overlap. Finishes under way are bounded by the concurrency as well, so a Redis
 * that stands still stops the replica and does not fill its memory.
 *
 * *The limit* is the replica's share of the cluster's capacity, if that is less than its concurrency. Of a limit that goes
 * down nobody is killed: nothing is claimed until enough handlers are over.
 *
 * *A wake-up wakes one replica*, and the claim script wakes the next one when there is more. A full replica could only sit
 * on a wake-up while its idle neighbours sleep on: so it does not begin to wait, and passes on what reaches it when it
 * became full meanwhile (by what its own finishes had made runnable, or because its limit went down).
 *
 * *Screening* (which of the jobs may run) asks the ledger, and the next claim does not wait for its answer: Redis and
 * Postgres work at the same time. Jobs that are being screened hold slots. Where more is runnable the next claim even
 * goes first: Redis is at it while the jobs of this one are begun.
 *
 * *What may fail*: a claim that errors is repeated with backoff and jitter; one that hangs is only waited
 * for (the connection sends it again when Redis is back), and the watchdog says so after a while. A screening that
 * errors has put its jobs back, and is a failure of the next round.
 */
import { backoffMs } from './backoff.ts';
import type { Bell } from './bell.ts';
import type { ClaimAnswer, ClaimedJob, Claimer } from './claimer-port.ts';
import { type Clock, turn } from './clock.ts';
import type { Ending } from './ending.ts';
import type { ConsumerEvent } from './events.ts';
import type { InFlight } from './in-flight.ts';
import type { JobTraces } from './job-traces.ts';
import type { Vitals } from './watchdog.ts';

export interface PullLoop {
  /** Pulls until `stopping` has ended. Never rejects. */
  run(): Promise<void>;
  /** Something may be runnable that the last claim did not see. */
  lookAgain(): void;
  /** Whether there is a claim whose jobs are not all begun. */
  isTaking(): boolean;
  progress(): Pick<Vitals, 'progressAtMs' | 'obstacle'>;
}

export interface PullLoopParts {
  readonly claimer: Claimer;
  readonly inFlight: InFlight;
  readonly concurrency: number;
  /** Attempts that may run at once now; no more than `concurrency`. */
  readonly limit: () => number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Rings when a slot or a settlement is over, or the limit is another. */
  readonly bell: Bell;
  readonly stopping: Ending;
  /** Undefined when nothing is traced. */
  readonly traces?: JobTraces | undefined;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly emit: (event: ConsumerEvent) => void;
  /** Called when `isTaking` becomes false. */
  readonly onTaken: () => void;
}

/** Longest wait for work; a wake-up that was lost delays a job by no more. */
const IDLE_WAIT_MS = 5_000;
/** One that is at work anyway looks more often: it costs little then. */
const BUSY_WAIT_MS = 1_000;
/** Should the wait itself not come back (a dead connection), the replica asks all the same. */
const WAIT_GRACE_MS = 1_000;
/** Handlers that block the event loop get it no longer than this between two turns. */
const BEGIN_SLICE_MS = 10;
/** Screenings at a time; each is a statement at the ledger. */
const MAX_SCREENINGS = 4;
/** A claim gives nothing although work is runnable when its own bounds end it; more often is an obstacle. */
const FREE_EMPTY_CLAIMS = 3;

export function createPullLoop(parts: PullLoopParts): PullLoop {
  const { claimer, inFlight, concurrency, limit, clock, random, bell, stopping, traces, warn, emit } = parts;
  let waiting = false;
  let idling = false;
  let claiming = false;
  let screenings = 0;
  let screened = 0;
  let screeningError: { readonly error: unknown } | undefined;
  let failures = 0;
  let emptyClaims = 0;
  /** Whether something may be runnable that the last claim did not see. */
  let called = false;
  let progressAtMs = 0;
  let obstacle: Vitals['obstacle'] = 'none';

  function freeSlots(): number {
    if (inFlight.reserved() || screenings >= MAX_SCREENINGS) return 0;
    const taken = inFlight.running() + screened;
    const slots = limit() - taken;
    const settlements = 2 * concurrency - taken - inFlight.settling();
    return Math.min(slots, settlements);
  }

  function lookAgain(): void {
    called = true;
    bell.ring();
  }

  function progressed(): void {
    progressAtMs = clock.nowMs();
    obstacle = 'none';
  }

  function failed(what: string, error: unknown): Promise<void> {
    failures++;
    obstacle = 'claim_failed';
    if (!stopping.ended()) warn(what, { error: String(error) });
    return stopping.pause(backoffMs(failures, random));
  }

  async function open(): Promise<void> {
    while (!stopping.ended()) {
      try {
        await claimer.start();
        failures = 0;
        return;
      } catch (error) {
        await failed('the replica could not open Redis', error);
      }
    }
  }

  async function round(): Promise<void> {
    if (screeningError) {
      const { error } = screeningError;
      screeningError = undefined;
      throw error;
    }
    if (!isTaking()) inFlight.runSuspect();
    const wanted = freeSlots();
    if (wanted <= 0) return full();
    const answer = await ask(wanted);
    if (answer.outcome === 'no_generation') {
      obstacle = 'no_generation';
      warn('Redis has no settings: claims wait until a dispatcher has restored them', {});
      return stopping.pause(backoffMs(++failures, random));
    }
    failures = 0;
    if (answer.jobs.length > 0 || !answer.moreRunnable) {
      emptyClaims = 0;
      progressed();
    }
    if (!answer.moreRunnable) return idle(answer.dueInMs);
    if (answer.jobs.length === 0) return afterEmptyClaim();
  }

  async function ask(wanted: number): Promise<ClaimAnswer> {
    const sinceMs = clock.nowMs();
    claiming = true;
    called = false;
    if (obstacle === 'none') obstacle = 'claim_pending';
    try {
      const answer = await claimer.claim(wanted);
      if (answer.outcome === 'claimed') {
        const { jobs, parked } = answer;
        const durationMs = clock.nowMs() - sinceMs;
        emit({ event: 'claimed', jobs: jobs.length, durationMs, parked });
        if (jobs.length > 0) {
          void screenAndTake(jobs, answer.moreRunnable);
          traces?.received(jobs, durationMs);
        }
      }
      return answer;
    } catch (error) {
      emit({ event: 'claim_failed' });
      throw error;
    } finally {
      claiming = false;
      if (!isTaking()) parts.onTaken();
    }
  }

  const isTaking = () => claiming || screenings > 0;

  /** Never rejects. */
  async function screenAndTake(jobs: readonly ClaimedJob[], moreRunnable: boolean): Promise<void> {
    let slots = jobs.length;
    const release = (count: number) => {
      slots -= count;
      screened -= count;
    };
    screenings++;
    screened += slots;
    try {
      if (moreRunnable) await turn();
      const mayRun = await claimer.screen(jobs);
      release(jobs.length - mayRun.length);
      await take(mayRun, () => release(1));
    } catch (error) {
      release(slots);
      emit({ event: 'claim_failed' });
      screeningError = { error };
    }
    screenings--;
    bell.ring();
    if (!isTaking()) parts.onTaken();
  }

  async function take(jobs: readonly ClaimedJob[], releaseOne: () => void): Promise<void> {
    let sliceAtMs = clock.nowMs();
    for (const job of jobs) {
      releaseOne();
      if (stopping.ended()) inFlight.refuse(job);
      else inFlight.begin(job);
      if (clock.nowMs() - sliceAtMs < BEGIN_SLICE_MS) continue;
      // Locks are renewed by timers: a row of handlers that compute must let them fire.
      await turn();
      sliceAtMs = clock.nowMs();
    }
  }

  /**
   * Waits for a finish, and for what finished with it. Waiting longer, for more finishes to share a call, gains nothing:
   * while a claim is under way they gather by themselves, the more the busier Redis is.
   */
  async function full(): Promise<void> {
    await bell.wait();
    // A batch of finishes is answered as one; this lets all of it be counted.
    await turn();
    progressed();
  }

  /** Nothing more was runnable: waits for work, or a suspect, which takes the replica. */
  async function idle(dueInMs: number | undefined): Promise<void> {
    if (called || freeSlots() <= 0 || stopping.ended()) return;
    idling = true;
    const maxWaitMs = inFlight.running() > 0 ? BUSY_WAIT_MS : IDLE_WAIT_MS;
    // A wait that is under way knows nothing of what the last claim said to be due.
    const patienceMs = waiting ? Math.min(dueInMs ?? maxWaitMs, maxWaitMs) : maxWaitMs + WAIT_GRACE_MS;
    const untilMs = clock.nowMs() + patienceMs;
    if (!waiting) void waitForWork(maxWaitMs);
    while (!called && !screeningError && !inFlight.reserved() && !stopping.ended()) {
      const leftMs = untilMs - clock.nowMs();
      if (leftMs <= 0) break;
      await bell.wait(leftMs);
    }
    await turn();
    idling = false;
    progressed();
  }

  async function waitForWork(maxWaitMs: number): Promise<void> {
    waiting = true;
    try {
      await claimer.waitForWork(maxWaitMs);
    } catch (error) {
      if (!stopping.ended()) warn('waiting for work failed', { error: String(error) });
      await stopping.pause(backoffMs(1, random));
    }
    waiting = false;
    if (freeSlots() <= 0 && !stopping.ended()) void claimer.passOn();
    lookAgain();
  }

  function afterEmptyClaim(): Promise<void> {
    emptyClaims++;
    if (emptyClaims <= FREE_EMPTY_CLAIMS) return turn();
    obstacle = 'empty_claims';
    return stopping.pause(backoffMs(emptyClaims - FREE_EMPTY_CLAIMS, random));
  }

  return {
    async run() {
      progressed();
      obstacle = 'claim_pending';
      await open();
      while (!stopping.ended()) {
        try {
          await round();
        } catch (error) {
          await failed('claiming failed', error);
        }
      }
    },
    lookAgain,
    isTaking,
    progress: () => ({ progressAtMs: idling ? clock.nowMs() : progressAtMs, obstacle }),
  };
}
