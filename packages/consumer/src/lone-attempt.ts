/**
 * One attempt of one job outside of a replica: nothing was claimed, no lock is held, and Redis is asked for nothing. What
 * becomes of the job is for the caller to record.
 */
import { type AttemptOutcome, type AttemptTools, startAttempt } from './attempt.ts';
import type { ClaimedJob } from './claimer-port.ts';
import { systemClock } from './clock.ts';
import type { EffectLedger } from './effect-ledger.ts';
import type { HandlerMap } from './handlers.ts';
import type { JobTraces } from './job-traces.ts';

/** A job as a ledger has it. */
export interface LoneJob {
  readonly workspace: string;
  readonly id: string;
  readonly type: string;
  /** A JSON text. */
  readonly payloadJson: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly timeoutMs?: number | undefined;
  readonly createdAtMs: number;
  readonly traceparent?: string | undefined;
}

export interface LoneAttemptTools {
  readonly handlers: HandlerMap;
  /** Remembers effects; without one, `ctx.once` throws. */
  readonly effects?: EffectLedger | undefined;
  /** For jobs and handlers that say nothing. */
  readonly defaultTimeoutMs: number;
  /** Undefined when nothing is traced. */
  readonly traces?: JobTraces | undefined;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly onProgress: (value: unknown) => void;
  readonly onLog: (line: string) => void;
}

export interface LoneAttempt {
  /** What is to be recorded. Never rejects. */
  readonly decided: Promise<AttemptOutcome>;
  /** The handler's code is over: with a handler that ignores its signal, later than `decided`. */
  readonly returned: Promise<void>;
  /** Aborts the handler's signal; it may still come to an end. */
  readonly interrupt: () => void;
  /** Decides `interrupted` now. */
  readonly giveUp: () => void;
}

/** Starts an attempt. A type that no handler has is `postponed`: somebody else may have one. */
export function startLoneAttempt(job: LoneJob, tools: LoneAttemptTools): LoneAttempt {
  const handler = Object.hasOwn(tools.handlers, job.type) ? tools.handlers[job.type] : undefined;
  if (handler === undefined) {
    return {
      decided: Promise.resolve({ outcome: 'postponed', delayMs: 0, reason: 'unknown_type' }),
      returned: Promise.resolve(),
      interrupt() {},
      giveUp() {},
    };
  }
  const decided = Promise.withResolvers<AttemptOutcome>();
  const returned = Promise.withResolvers<void>();
  const claimed = asClaimed(job);
  const attemptTools: AttemptTools = {
    claimer: {
      progress: async (_job, value) => tools.onProgress(value),
      log: async (_job, line) => tools.onLog(line),
    },
    clock: systemClock,
    defaultTimeoutMs: tools.defaultTimeoutMs,
    warn: tools.warn,
    effects: tools.effects,
    wallNowMs: Date.now,
    onEffect() {},
    onDecided: (_attempt, outcome) => decided.resolve(outcome),
    onReturned: () => returned.resolve(),
  };
  const attempt = startAttempt(claimed, handler, attemptTools, tools.traces?.process(claimed));
  return {
    decided: decided.promise,
    returned: returned.promise,
    interrupt: attempt.interrupt,
    giveUp: attempt.giveUp,
  };
}

function asClaimed({ payloadJson, timeoutMs, traceparent, ...job }: LoneJob): ClaimedJob {
  return {
    ...job,
    timeoutMs,
    get payload() {
      return JSON.parse(payloadJson);
    },
    runnableAtMs: undefined,
    claimedAtMs: Date.now(),
    deferredFailure: undefined,
    unknownSinceMs: undefined,
    // There is no lock to lose.
    signal: new AbortController().signal,
    cancelled: false,
    stalledCount: 0,
    poison: false,
    recorded: true,
    traceparent,
  };
}
