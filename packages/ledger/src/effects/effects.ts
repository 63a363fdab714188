import type { By } from '../audit.ts';
import type { Database } from '../database.ts';
import type { Effect } from '../generated/client.ts';
import { type ClaimOutcome, claimEffect, type EffectToClaim } from './claim.ts';
import { createOnce, type EffectTransaction, type OnceOutcome } from './once.ts';
import { pruneEffects } from './prune.ts';
import { failEffect, type HeldEffect, recordEffect } from './record.ts';
import { effectPage, type Finding, type ResolveOutcome, resolveEffect } from './unknown.ts';

/**
 * Effects: what must happen once, however many attempts try.
 *
 *                    ┌── failed ◄─ fail ──┐
 *   claim            ▼                    │
 *   ──────────► pending (claim n) ─ record ─► succeeded      repeats get the result, and count as suppressed
 *                    │    ▲
 *      claim expired │    │ claim by a handler that may repeat it; executions + 1, for it may have happened
 *                    ▼    │
 *                 unknown ┴─ resolve (an operator) ─► succeeded or failed
 *
 * There are two kinds. An effect **in this Postgres** runs in the transaction that also records its outcome (`once`): a
 * process that dies leaves nothing behind, so it is applied once. An effect **elsewhere** (a mail) is claimed before and
 * recorded after; when a process died in between, nobody knows whether it happened, and the handler has said what to do
 * then: hold it for an operator, or repeat it.
 *
 * `executions` counts what happened or may have: more than 1 is a duplicate. A failure that the handler reported is none.
 */
export interface Effects {
  /** Takes an effect elsewhere. Only with `claimed` may the caller go on, and then it must `record` or `fail`. */
  claim(effect: EffectToClaim): Promise<ClaimOutcome>;
  /** It happened. `late`: the claim had expired and somebody else took it; the duplicate is counted. */
  record(held: HeldEffect, resultJson: string | undefined): Promise<{ outcome: 'recorded' | 'late' }>;
  /** It did not happen: the next claim may run it. */
  fail(held: HeldEffect, error: string): Promise<{ outcome: 'recorded' | 'late' }>;
  /**
   * Runs `apply` in a transaction that commits together with the outcome. `apply` answers with a JSON text or nothing;
   * when it throws, everything is taken back, also the claim, and the error is passed on. At most 10 s.
   */
  once(
    effect: Omit<EffectToClaim, 'claimMs'>,
    apply: (tx: EffectTransaction) => Promise<string | undefined>,
  ): Promise<OnceOutcome>;
  get(workspace: string, effectKey: string): Promise<Effect | undefined>;
  /** What waits for an operator in a workspace, or what happened more than once there; ordered by key. */
  page(
    workspace: string,
    kind: 'unknown' | 'duplicate',
    options: { after?: string | undefined; limit: number },
  ): Promise<Effect[]>;
  /**
   * Deletes up to `limit` effects that were first claimed more than `olderThanMs` ago and whose outcome is known; answers
   * how many. From then on their keys may run again: keep them for longer than any retry or redrive can come.
   */
  prune(olderThanMs: number, limit: number): Promise<number>;
  /** An operator found out whether an unknown effect happened. */
  resolve(workspace: string, effectKey: string, finding: Finding, by?: By): Promise<ResolveOutcome>;
}

export function createEffects(database: Database): Effects {
  return {
    claim: (effect) => claimEffect(database, effect),
    record: (held, resultJson) => recordEffect(database, held, resultJson),
    fail: (held, error) => failEffect(database, held, error),
    once: createOnce(database),
    get: async (workspace, effectKey) =>
      (await effectPage(database, { kind: 'one', workspace, effectKey }, 1))[0],
    page: (workspace, kind, { after, limit }) => effectPage(database, { kind, workspace, after }, limit),
    prune: (olderThanMs, limit) => pruneEffects(database, olderThanMs, limit),
    resolve: (workspace, effectKey, finding, by) =>
      resolveEffect(database, workspace, effectKey, finding, by),
  };
}
