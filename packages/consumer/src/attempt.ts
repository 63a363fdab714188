/**
 * One attempt of one job: from the claim to an outcome.
 *
 *     parse ──▶ run ──▶ returned ──▶ decided: completed
 *       │        │ └──▶ threw ─────▶ decided: failed (or interrupted, when a drain had aborted it)
 *       │        └────▶ too long ──▶ decided: failed, signal aborts … returned, some time later
 *       └─ misfit ─────────────────▶ decided: failed for good
 *
 * Two things end apart from each other. *Decided* is what is recorded, once and early: the job must be
 * free to be tried elsewhere as soon as its time is up. *Returned* is when the handler's code is really over. A
 * handler that ignores its signal keeps its slot until then: it still has its memory, its sockets and its
 * share of the CPU, and a replica that gave its slot away would soon run hundreds of such handlers
 * against the very dependency that hangs.
 */
import type { Span } from '@opentelemetry/api';
import { type AbortCause, AttemptAborted } from './attempt-aborted.ts';
import type { ClaimedJob, Claimer } from './claimer-port.ts';
import type { Clock } from './clock.ts';
import type { EffectLedger } from './effect-ledger.ts';
import type { FailureReason } from './events.ts';
import type { Context, Handler, HandlerJob } from './handlers.ts';
import { parseInput } from './input.ts';
import { NO_SPAN, type ProcessSpan } from './job-traces.ts';
import {
  limitText,
  limitValue,
  MAX_LOG_LINE,
  MAX_PROGRESS_BYTES,
  MAX_RESULT_BYTES,
  readableError,
} from './limits.ts';
import { createOnce, effectNotOursIn } from './once.ts';
import { isPermanent } from './permanent-error.ts';
import { retryAfterOf } from './retry-after-error.ts';

export type AttemptOutcome =
  | { readonly outcome: 'completed'; readonly result: unknown }
  | {
      readonly outcome: 'failed';
      readonly error: Error;
      readonly retry: boolean;
      readonly reason: FailureReason;
      /** The handler knows that a try before this time has passed is in vain; see RetryAfterError. */
      readonly leastDelayMs?: number;
    }
  /** Another attempt is at its effect; the job goes back until then and counts no attempt. */
  | {
      readonly outcome: 'postponed';
      readonly delayMs: number;
      readonly reason: FailureReason;
      /** Fields that the job keeps. */
      readonly mark?: Readonly<Record<string, string>>;
    }
  /** A drain gave it up; the job goes back and counts no attempt. */
  | { readonly outcome: 'interrupted' };

export interface Attempt {
  readonly job: ClaimedJob;
  /** Undefined when nothing is traced. */
  readonly traced: ProcessSpan | undefined;
  readonly startedAtMs: number;
  readonly isDecided: () => boolean;
  /** Aborts the signal for a drain; the handler may still come to an end. */
  readonly interrupt: () => void;
  /** Decides `interrupted` now, whether or not the handler has noticed its signal. */
  readonly giveUp: () => void;
}

export interface AttemptTools {
  readonly claimer: Pick<Claimer, 'progress' | 'log'>;
  readonly clock: Clock;
  /** For jobs and handlers that say nothing. */
  readonly defaultTimeoutMs: number;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Remembers effects; without one, `ctx.once` throws. */
  readonly effects?: EffectLedger | undefined;
  /** Wall clock: a claim's end is on the ledger's. */
  readonly wallNowMs: () => number;
  readonly onEffect: (event: 'effect_suppressed' | 'effect_duplicate', job: ClaimedJob) => void;
  /** Called once, before or after `onReturned`. */
  readonly onDecided: (attempt: Attempt, outcome: AttemptOutcome) => void;
  /** Called once, when the handler's code is over. */
  readonly onReturned: (attempt: Attempt) => void;
}

/** A handler that has not come back this long after its timeout is worth a warning. */
const OVERDUE_NOTICE_MS = 5_000;
/** So that clocks which differ do not make a loop of it. */
const LEAST_PUT_OFF_MS = 1_000;

/** Starts an attempt. Neither callback is called before this returns. */
export function startAttempt(
  job: ClaimedJob,
  handler: Handler,
  tools: AttemptTools,
  traced?: ProcessSpan,
): Attempt {
  const { clock } = tools;
  let decided = false;
  const abort = createAbort(job);
  const isDecided = () => decided;

  const attempt: Attempt = {
    job,
    traced,
    startedAtMs: clock.nowMs(),
    isDecided,
    interrupt: () => abort.fire('shutdown'),
    giveUp: () => decide({ outcome: 'interrupted' }),
  };

  function decide(outcome: AttemptOutcome): void {
    if (decided) return;
    decided = true;
    cancelTimeout();
    traced?.end(outcome.outcome, outcome.outcome === 'failed' ? outcome.reason : undefined);
    tools.onDecided(attempt, outcome);
  }

  const timeoutMs = ownTimeoutMs(job) ?? handler.timeoutMs ?? tools.defaultTimeoutMs;
  let cancelNotice = () => {};
  const cancelTimeout = clock.after(timeoutMs, () => {
    const error = new Error(`The handler did not finish within its timeout of ${timeoutMs} ms`);
    error.name = 'TimeoutError';
    decide({ outcome: 'failed', error, retry: true, reason: 'timeout' });
    abort.fire('timeout');
    cancelNotice = clock.after(OVERDUE_NOTICE_MS, () => {
      const { workspace, id, type } = job;
      tools.warn('a handler ignores its signal and keeps its slot after its timeout', {
        workspace,
        id,
        type,
      });
    });
  });

  async function run(): Promise<AttemptOutcome> {
    try {
      const parsing = parseInput(handler.input, job);
      // No needless await: a handler that computes then runs within the caller's turn, who can count its time.
      const parsed = parsing instanceof Promise ? await parsing : parsing;
      if (parsed.outcome === 'invalid') {
        return failed(new Error(parsed.reason), 'invalid_payload');
      }
      if (decided) return { outcome: 'interrupted' };
      const view = viewOf(job, parsed.input);
      const ctx = contextOf(job, abort, tools, timeoutMs, isDecided, traced?.span ?? NO_SPAN);
      const result = await (traced ? traced.run(() => handler.run(view, ctx)) : handler.run(view, ctx));
      return { outcome: 'completed', result: limitValue(result, MAX_RESULT_BYTES) };
    } catch (thrown) {
      if (abort.cause() === 'shutdown') return { outcome: 'interrupted' };
      const notOurs = effectNotOursIn(thrown);
      if (notOurs?.taken.outcome === 'in_progress') {
        const delayMs = Math.max(LEAST_PUT_OFF_MS, notOurs.taken.untilMs - tools.wallNowMs());
        return { outcome: 'postponed', delayMs, reason: 'effect_in_progress' };
      }
      if (notOurs) return failed(notOurs, 'effect_unknown');
      const error = readableError(thrown);
      if (isPermanent(thrown)) return failed(error, 'permanent');
      return { ...failed(error, 'error'), leastDelayMs: retryAfterOf(thrown) };
    }
  }

  void run().then((outcome) => {
    decide(outcome);
    cancelNotice();
    tools.onReturned(attempt);
  });
  return attempt;
}

/** A stock producer may have written anything there. */
function ownTimeoutMs({ timeoutMs }: ClaimedJob): number | undefined {
  return typeof timeoutMs === 'number' && timeoutMs >= 1 ? timeoutMs : undefined;
}

function failed(error: Error, reason: FailureReason): AttemptOutcome & { outcome: 'failed' } {
  return { outcome: 'failed', error, retry: reason === 'error', reason };
}

function viewOf(job: ClaimedJob, input: unknown): HandlerJob<unknown> {
  const { id, workspace, type, attempt, maxAttempts, createdAtMs } = job;
  return { id, workspace, type, input, attempt, maxAttempts, createdAtMs };
}

interface Abort {
  readonly signal: () => AbortSignal;
  readonly fire: (cause: AbortCause) => void;
  readonly cause: () => AbortCause | undefined;
}

/** The attempt's signal, made when it is first asked for: most handlers are over before they look. */
function createAbort(job: ClaimedJob): Abort {
  let controller: AbortController | undefined;
  let cause: AbortCause | undefined;

  function fire(why: AbortCause): void {
    if (cause !== undefined) return;
    cause = why;
    controller?.abort(new AttemptAborted(why));
  }

  return {
    fire,
    cause: () => cause,
    signal() {
      if (!controller) {
        controller = new AbortController();
        const lost = () => fire(job.cancelled ? 'cancelled' : 'lost_lock');
        if (job.signal.aborted) lost();
        else job.signal.addEventListener('abort', lost, { once: true });
        if (cause !== undefined && !controller.signal.aborted) controller.abort(new AttemptAborted(cause));
      }
      return controller.signal;
    },
  };
}

function contextOf(
  job: ClaimedJob,
  abort: Abort,
  tools: AttemptTools,
  timeoutMs: number,
  isDecided: () => boolean,
  span: Span,
): Context {
  /** Best effort: neither a Redis that is away nor an attempt that is over may hold the handler up. */
  async function tell(send: () => Promise<void>, what: string): Promise<void> {
    if (isDecided()) return;
    try {
      await unlessAborted(send(), abort.signal());
    } catch (error) {
      const { workspace, id, type } = job;
      tools.warn(`a job's ${what} could not be stored`, {
        workspace,
        id,
        type,
        error: readableError(error).message,
      });
    }
  }

  return {
    get signal() {
      return abort.signal();
    },
    attempt: job.attempt,
    idempotencyKey: job.id,
    span,
    once: createOnce({
      job,
      effects: tools.effects,
      signal: abort.signal,
      timeoutMs,
      onSuppressed: () => tools.onEffect('effect_suppressed', job),
      onDuplicate: () => tools.onEffect('effect_duplicate', job),
    }),
    progress: (value) =>
      tell(() => tools.claimer.progress(job, limitValue(value, MAX_PROGRESS_BYTES)), 'progress'),
    log: (line) => tell(() => tools.claimer.log(job, limitText(String(line), MAX_LOG_LINE)), 'log line'),
  };
}

/** Resolves with `work`, or when the signal aborts; a later failure of `work` is of no interest then. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
