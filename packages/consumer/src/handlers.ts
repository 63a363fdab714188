import { FairleadError } from '@fairlead/core';
import type { Span } from '@opentelemetry/api';
import type { output, ZodType } from 'zod';
import { MAX_TIMER_MS } from './clock.ts';
import type { Once } from './once.ts';

/** What a handler gets of its job. */
export interface HandlerJob<I> {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  /** The payload as the handler's `input` parsed it. */
  readonly input: I;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAtMs: number;
}

/** What a handler can do besides its work. It needs no `this`: take it apart as you like. */
export interface Context {
  /** Aborts on timeout, lost lock and shutdown; its reason is an `AttemptAborted` that says which. */
  readonly signal: AbortSignal;
  /** Publishes how far the job is. Never rejects: a job does not fail because its progress was not seen. */
  progress(value: unknown): Promise<void>;
  /** Adds a line to the job's log. Never rejects. */
  log(line: string): Promise<void>;
  readonly attempt: number;
  /** The same for every attempt of this job: hand it to whoever can recognise a repetition. */
  readonly idempotencyKey: string;
  /** The attempt's span, for attributes and events of your own; it does nothing when nothing is traced. */
  readonly span: Span;
  /** Runs an effect unless an attempt of any job has: see docs/handlers.md. Needs the ledger. */
  readonly once: Once;
}

export interface Handler<S extends ZodType = ZodType> {
  /** What the payload must look like. A payload that does not fit is dead-lettered without a run. */
  readonly input: S;
  /** How long one attempt may run when the job does not say; default: the consumer's. */
  readonly timeoutMs?: number;
  /** Does the job. What it returns is kept as the result; what it throws fails the attempt. */
  run(job: HandlerJob<output<S>>, ctx: Context): unknown;
}

/** Handlers by job type. */
export type HandlerMap = Readonly<Record<string, Handler>>;

/**
 * Declares handlers by job type, with `job.input` typed by `input`.
 *
 * @throws FairleadError HANDLERS_INVALID that lists everything that is wrong
 */
export function defineHandlers<S extends Record<string, ZodType>>(
  handlers: {
    readonly [K in keyof S]: Handler<S[K]>;
  },
): { readonly [K in keyof S]: Handler<S[K]> } {
  const problems = handlerProblems(handlers);
  if (problems.length > 0) throw new FairleadError('HANDLERS_INVALID', problems.join('; '), { fix: FIX });
  return handlers;
}

const FIX = 'See docs/handlers.md for what a handler looks like.';

/** Everything that keeps `value` from being a map of handlers, in words; empty when it is one. */
export function handlerProblems(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return ['the handlers are not an object of handlers by job type'];
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return ['there is no handler'];
  return entries.flatMap(([type, handler]) =>
    problemsOf(handler).map((problem) => `handler ${JSON.stringify(type)} ${problem}`),
  );
}

function problemsOf(handler: unknown): string[] {
  if (typeof handler !== 'object' || handler === null) return ['is not an object with `input` and `run`'];
  const { input, run, timeoutMs } = handler as Partial<Record<keyof Handler, unknown>>;
  const problems: string[] = [];
  if (typeof (input as Partial<ZodType> | undefined)?.safeParse !== 'function') {
    problems.push('has no zod schema as `input`');
  }
  if (typeof run !== 'function') problems.push('has no function `run`');
  if (timeoutMs !== undefined && !isTimeout(timeoutMs)) {
    problems.push(`has a \`timeoutMs\` that is not a whole number of milliseconds from 1 to ${MAX_TIMER_MS}`);
  }
  return problems;
}

function isTimeout(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_TIMER_MS;
}
