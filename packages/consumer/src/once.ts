/**
 * `ctx.once`: an effect that must not be repeated when its job is.
 *
 *     claim ─┬─ claimed ─────▶ run ─┬─ returned ─▶ record, and the outcome is everybody's
 *            │                      ├─ threw ────▶ fail: the next attempt may run it
 *            │                      └─ threw after its signal aborted ─▶ nothing: nobody knows whether it happened
 *            ├─ recorded ────▶ the recorded outcome; nothing runs
 *            ├─ in progress ─▶ the attempt is put off until the claim ends, and is not counted
 *            └─ unknown ─────▶ a dead letter that says so: an operator finds out, resolves it and retries the job
 *
 * Trying an unknown effect again and again would ask the same question in a loop that nobody sees; a dead letter is
 * seen. With `transaction`, claim, effect and outcome commit together, and there is no unknown.
 */
import { FairleadError } from '@fairlead/core';
import { AttemptAborted } from './attempt-aborted.ts';
import type { ClaimedJob } from './claimer-port.ts';
import type { EffectLedger, EffectTaken, EffectTransaction } from './effect-ledger.ts';
import { limitValue, MAX_EFFECT_BYTES, readableError } from './limits.ts';

export interface OnceOptions {
  /** When nobody knows whether it happened: hold it for an operator (default), or run it again (at least once). */
  readonly whenUnknown?: 'hold' | 'retry';
  readonly transaction?: false;
}

/** @throws FairleadError LEDGER_OFF without a ledger, INVALID_REQUEST for a key that is none */
export interface Once {
  /** What is written through `tx` commits together with the outcome: it is applied once. At most 10 s. */
  <R>(
    effectKey: string,
    run: (effect: { readonly tx: EffectTransaction; readonly signal: AbortSignal }) => R | Promise<R>,
    options: { readonly transaction: true },
  ): Promise<R>;
  /** An effect elsewhere: claimed before, recorded after. */
  <R>(
    effectKey: string,
    run: (effect: { readonly signal: AbortSignal }) => R | Promise<R>,
    options?: OnceOptions,
  ): Promise<R>;
}

/** Ends an attempt that may not run its effect now. Let it through: a handler that catches it goes on without. */
export class EffectNotOurs extends Error {
  override readonly name = 'EffectNotOurs';
  readonly taken: Exclude<EffectTaken, { outcome: 'recorded' }>;

  constructor(workspace: string, effectKey: string, taken: Exclude<EffectTaken, { outcome: 'recorded' }>) {
    super(
      taken.outcome === 'in_progress'
        ? `Another attempt is at the effect "${effectKey}" until ${isoOf(taken.untilMs)}`
        : `Nobody knows whether the effect "${effectKey}" happened: its attempt did not come back ` +
            `(since ${isoOf(taken.sinceMs)}). Find out, say so (fairlead effects list ${workspace}, ` +
            `fairlead effects resolve), then retry the job.`,
    );
    this.taken = taken;
  }
}

export interface OnceParts {
  readonly job: ClaimedJob;
  readonly effects: EffectLedger | undefined;
  readonly signal: () => AbortSignal;
  /** The attempt's own; a claim lasts longer. */
  readonly timeoutMs: number;
  readonly onSuppressed: () => void;
  /** It happened more than once, or may have. */
  readonly onDuplicate: () => void;
}

/** A handler's signal aborts at its timeout; this is for it to come back and for the ledger to be told. */
const CLAIM_MARGIN_MS = 10_000;
/** What is visible in ASCII: it is shown to operators and typed by them. */
const EFFECT_KEY = /^[\x21-\x7e]{1,255}$/;
const RECORD_TRIES = 3;

type Run = (effect: { tx: EffectTransaction; signal: AbortSignal }) => unknown;

export function createOnce(parts: OnceParts): Once {
  const { job } = parts;

  function refuse(effectKey: string, taken: EffectTaken): unknown {
    if (taken.outcome !== 'recorded') throw new EffectNotOurs(job.workspace, effectKey, taken);
    parts.onSuppressed();
    return taken.result;
  }

  async function inTransaction(effects: EffectLedger, effectKey: string, run: Run): Promise<unknown> {
    const { workspace, id: jobId, attempt } = job;
    const answer = await effects.once(
      { workspace, effectKey, jobId, attempt, whenUnknown: 'hold' },
      async (tx) => {
        const signal = parts.signal();
        signal.throwIfAborted();
        return jsonOf(await run({ tx, signal }));
      },
    );
    return answer.outcome === 'applied' ? readBack(answer.resultJson) : refuse(effectKey, answer);
  }

  async function elsewhere(
    effects: EffectLedger,
    effectKey: string,
    run: Run,
    whenUnknown: 'hold' | 'retry',
  ) {
    const { workspace, id: jobId, attempt } = job;
    const claimMs = parts.timeoutMs + CLAIM_MARGIN_MS;
    const answer = await effects.claim({ workspace, effectKey, jobId, attempt, claimMs, whenUnknown });
    if (answer.outcome !== 'claimed') return refuse(effectKey, answer);
    const held = { workspace, effectKey, claim: answer.claim };
    const signal = parts.signal();
    let resultJson: string | undefined;
    let begun = false;
    try {
      signal.throwIfAborted();
      begun = true;
      resultJson = jsonOf(await (run as (effect: { signal: AbortSignal }) => unknown)({ signal }));
    } catch (thrown) {
      // When that fails too, the claim ends by itself and the effect is unknown: the error to see is the handler's.
      if (!(begun && signal.aborted)) {
        await effects.fail(held, readableError(thrown).message).catch(() => undefined);
      }
      throw thrown;
    }
    const { outcome } = await recordSurely(() => effects.record(held, resultJson));
    if (outcome === 'recorded' && held.claim > 1) {
      const effect = await effects.get(workspace, effectKey).catch(() => undefined);
      if (effect !== undefined && effect.executions > 1) parts.onDuplicate();
    }
    return readBack(resultJson);
  }

  async function once(
    effectKey: string,
    run: Run,
    options: { whenUnknown?: 'hold' | 'retry'; transaction?: boolean } = {},
  ): Promise<unknown> {
    const { effects } = parts;
    if (effects === undefined) {
      throw new FairleadError('LEDGER_OFF', 'ctx.once needs the ledger, and this consumer has none', {
        fix: 'Start it with FAIRLEAD_LEDGER=on and DATABASE_URL, or give createConsumer a `ledger`.',
      });
    }
    if (typeof effectKey !== 'string' || !EFFECT_KEY.test(effectKey)) {
      throw new FairleadError('INVALID_REQUEST', 'An effect key has 1 to 255 visible ASCII characters');
    }
    parts.signal().throwIfAborted();
    if (options.transaction) return inTransaction(effects, effectKey, run);
    return elsewhere(effects, effectKey, run, options.whenUnknown ?? 'hold');
  }
  return once as Once;
}

/** It has happened: an answer of the ledger that got lost must not make it unknown. */
async function recordSurely<T>(record: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await record();
    } catch (error) {
      if (tries >= RECORD_TRIES) throw error;
    }
  }
}

/** What stands for the result from now on; the first caller gets it too, so that a repeat makes no difference. */
function jsonOf(result: unknown): string | undefined {
  const kept = limitValue(result, MAX_EFFECT_BYTES);
  return kept === null ? undefined : JSON.stringify(kept);
}

function readBack(resultJson: string | undefined): unknown {
  return resultJson === undefined ? undefined : (JSON.parse(resultJson) ?? undefined);
}

/** How the attempt ends when a handler let the error through, or wrapped it; undefined for any other error. */
export function effectNotOursIn(thrown: unknown): EffectNotOurs | undefined {
  let error = thrown;
  for (let depth = 0; depth < 5; depth++) {
    if (error instanceof EffectNotOurs) return error;
    if (!(error instanceof Error) || error instanceof AttemptAborted) return undefined;
    error = error.cause;
  }
  return undefined;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
