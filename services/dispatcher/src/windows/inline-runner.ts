/**
 * Runs jobs here, in the dispatcher, with the handlers that the consumers have.
 *
 *     slot ──▶ attempt ─┬─ completed ──────────────────▶ recorded: succeeded
 *       ▲               ├─ failed, attempts left ──▶ noted ──▶ waits for its backoff ─┐
 *       └───────────────┼─────────────────────────────────────────────────────────────┘
 *                       ├─ failed for good ────────────▶ recorded: dead
 *                       └─ no handler, effect in progress, out of time ──▶ left
 *
 * All bounds are there so that a dispatcher stays one: handlers of all runs share the slots, and a run is over after
 * `maxMs`: what still runs is interrupted, what has not begun does not begin, and what would wait longer than that
 * before it is tried again does not wait. What is `left` is the queue's, with its failed attempts counted; a run
 * that waited for an hour's backoff would be a queue without any of a queue's care. Outcomes are recorded as
 * a consumer's are: the first finisher wins, and a cancelled job stays cancelled.
 */

import { setMaxListeners } from 'node:events';
import { type AttemptOutcome, type HandlerMap, type JobTraces, startLoneAttempt } from '@fairlead/consumer';
import { pause } from '@fairlead/http';
import type { Effects, FailedAttempt, Finish, Jobs, JobToAdd } from '@fairlead/ledger';
import { createBatcher } from '@fairlead/scheduler';
import { createNotes, type Notes } from './notes.ts';
import { createSlots } from './slots.ts';

export interface InlineResult {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  /** `left`: not done here, the queue has it. `superseded`: it was finished or cancelled elsewhere meanwhile. */
  readonly outcome: 'succeeded' | 'dead' | 'left' | 'superseded';
  /** That were made so far; one that was interrupted does not count. */
  readonly attempts: number;
  readonly result?: unknown;
  /** Of the last attempt that failed. */
  readonly error?: string;
  readonly progress?: unknown;
  /** The last lines. */
  readonly log?: readonly string[];
}

export interface InlineRunner {
  /**
   * Runs jobs to their ends, as far as there is time; answers in their order. Handlers cannot make it reject.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE when an outcome could not be recorded
   */
  run(jobs: readonly JobToAdd[]): Promise<InlineResult[]>;
  /** Shutting down: what runs is over within `withinMs`. */
  drain(withinMs: number): void;
}

export interface InlineRunnerParts {
  readonly handlers: HandlerMap;
  readonly jobs: Pick<Jobs, 'finish' | 'attemptFailed'>;
  readonly effects: Effects;
  /** Handlers at once, of all runs together. */
  readonly concurrency: number;
  /** A run is over after that. */
  readonly maxMs: number;
  /** Undefined when nothing is traced. */
  readonly traces?: JobTraces | undefined;
  readonly logger: { warn(fields: object, message: string): void };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A handler whose signal has aborted has this long to come to an end. */
const GRACE_MS = 1_000;
/** As of jobs that say nothing, in the queue: these do not. Doubles with each attempt. */
const BACKOFF_MS = 1_000;
const BATCH = 64;
const RECORD_TRIES = 5;
const RECORD_AGAIN_MS = 200;
/** A larger result is read where it is kept. */
const MAX_SHOWN_CHARS = 4_096;

/** The time of a run. */
interface Term {
  readonly untilMs: number;
  readonly over: AbortController;
}

export function createInlineRunner(parts: InlineRunnerParts): InlineRunner {
  const { handlers, jobs, effects, concurrency, maxMs, traces, logger, now } = parts;
  const slots = createSlots(concurrency);
  const terms = new Set<Term>();
  let drainedAtMs = Number.POSITIVE_INFINITY;

  const finishOne = createBatcher<Finish, boolean>(BATCH, async (finishes) => {
    const ours = await jobs.finish(finishes);
    return finishes.map(({ id }) => ours.has(id));
  });
  const noteFailure = createBatcher<FailedAttempt, void>(BATCH, async (failures) => {
    await jobs.attemptFailed(failures);
    return failures.map(() => undefined);
  });

  /** Runs one attempt; its slot is free again when the handler's code is over. */
  async function attempt(job: JobToAdd, term: Term, notes: Notes) {
    const running = startLoneAttempt(
      { ...job, attempt: job.attempts + 1, timeoutMs: job.options.timeoutMs },
      {
        handlers,
        effects,
        defaultTimeoutMs: maxMs,
        traces,
        warn: (message, fields) => logger.warn(fields, message),
        onProgress: notes.progress,
        onLog: notes.log,
      },
    );
    void running.returned.then(slots.give);
    const { signal } = term.over;
    const interrupt = () => {
      running.interrupt();
      setTimeout(running.giveUp, GRACE_MS);
    };
    if (signal.aborted) interrupt();
    else signal.addEventListener('abort', interrupt, { once: true });
    const outcome = await running.decided;
    signal.removeEventListener('abort', interrupt);
    return outcome;
  }

  async function end(
    job: JobToAdd,
    startedAtMs: number,
    how: Pick<Finish, 'outcome' | 'resultJson' | 'error'>,
  ): Promise<'succeeded' | 'dead' | 'superseded'> {
    const { id, attempts } = job;
    const finish = { id, attempts: attempts + 1, startedAtMs, finishedAtMs: now(), ...how };
    return (await surely(() => finishOne(finish))) ? how.outcome : 'superseded';
  }

  async function runJob(given: JobToAdd, term: Term): Promise<InlineResult> {
    const { id, workspace, type } = given;
    const notes = createNotes();
    let job = given;
    let error: string | undefined;
    const answer = (outcome: InlineResult['outcome'], more?: Partial<InlineResult>): InlineResult => ({
      id,
      workspace,
      type,
      outcome,
      attempts: job.attempts,
      ...(error === undefined ? {} : { error }),
      ...notes.taken(),
      ...more,
    });

    while (await slots.take(term.over.signal)) {
      const startedAtMs = now();
      const outcome: AttemptOutcome = await attempt(job, term, notes);
      if (outcome.outcome === 'interrupted' || outcome.outcome === 'postponed') break;
      const attempts = job.attempts + 1;
      if (outcome.outcome === 'completed') {
        const resultJson = JSON.stringify(outcome.result) ?? 'null';
        const how = await end(job, startedAtMs, { outcome: 'succeeded', resultJson });
        const isShown = resultJson.length <= MAX_SHOWN_CHARS && how === 'succeeded';
        return answer(how, { attempts, ...(isShown ? { result: outcome.result } : {}) });
      }
      error = outcome.error.message;
      if (!outcome.retry || attempts >= job.maxAttempts) {
        return answer(await end(job, startedAtMs, { outcome: 'dead', error }), { attempts });
      }
      const delayMs = Math.max(BACKOFF_MS * 2 ** (attempts - 1), outcome.leastDelayMs ?? 0);
      const failure = { id, attempts, error, runAtMs: now() + delayMs };
      await surely(() => noteFailure(failure));
      job = { ...job, attempts };
      if (failure.runAtMs >= term.untilMs) break;
      await pause(delayMs, term.over.signal);
    }
    return answer('left');
  }

  return {
    async run(wanted) {
      const over = new AbortController();
      setMaxListeners(0, over.signal);
      const term: Term = { over, untilMs: Math.min(now() + maxMs, drainedAtMs) };
      const timer = setTimeout(() => over.abort(), Math.max(0, term.untilMs - now()));
      terms.add(term);
      // None is left running behind a rejected one.
      const results = await Promise.allSettled(wanted.map((job) => runJob(job, term)));
      clearTimeout(timer);
      terms.delete(term);
      return results.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    },
    drain(withinMs) {
      drainedAtMs = now() + withinMs;
      for (const { over } of terms) setTimeout(() => over.abort(), withinMs);
    },
  };
}

/** It has happened: a moment without Postgres must not make the whole run's outcome unknown. */
async function surely<T>(record: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await record();
    } catch (error) {
      if (tries >= RECORD_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RECORD_AGAIN_MS * tries));
    }
  }
}
