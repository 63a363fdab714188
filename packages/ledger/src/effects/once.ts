import type { Database } from '../database.ts';
import { type ClaimOutcome, claimEffect, type EffectToClaim } from './claim.ts';
import { recordEffect } from './record.ts';

/** What a handler may do in its transaction: its own statements, with $1, $2, … for the values. */
export interface EffectTransaction {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The number of rows that it changed. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
}

export type OnceOutcome =
  | { readonly outcome: 'applied'; readonly resultJson: string | undefined }
  | Exclude<ClaimOutcome, { outcome: 'claimed' }>;

const TIMEOUT_MS = 10_000;
/** Each holds a connection; the others of the pool are for accepting and finishing. */
const MAX_AT_ONCE = 2;

/**
 * The claim, what `apply` writes and the outcome commit together. Whoever claims the same effect at the same time waits
 * in Postgres for that commit, and then finds the outcome. Claims of this process that wait for their turn hold no
 * connection.
 */
export function createOnce(database: Database) {
  const gate = createGate(MAX_AT_ONCE);
  return async function once(
    effect: Omit<EffectToClaim, 'claimMs'>,
    apply: (tx: EffectTransaction) => Promise<string | undefined>,
  ): Promise<OnceOutcome> {
    return gate(() =>
      database.transaction(async (transaction): Promise<OnceOutcome> => {
        const claimed = await claimEffect(transaction, { ...effect, claimMs: TIMEOUT_MS });
        if (claimed.outcome !== 'claimed') return claimed;
        const resultJson = await apply({
          query: (text, values = []) => transaction.queryText(text, values),
          execute: (text, values = []) => transaction.executeText(text, values),
        });
        await recordEffect(transaction, { ...effect, claim: claimed.claim }, resultJson);
        return { outcome: 'applied', resultJson };
      }, TIMEOUT_MS),
    );
  };
}

/** Lets `places` run at a time, the others in their order. */
function createGate(places: number) {
  const waiting: (() => void)[] = [];
  let free = places;
  return async function pass<T>(run: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
