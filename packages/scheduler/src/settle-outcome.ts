/** How settling a claimed job ended. */
export type SettleOutcome =
  | { readonly outcome: 'settled' }
  | { readonly outcome: 'retrying'; readonly delayMs: number }
  | { readonly outcome: 'dead' }
  /** Somebody else may run the job; nothing was changed. */
  | { readonly outcome: 'lost_lock' }
  /** Redis does not have the job any more; nothing was changed. */
  | { readonly outcome: 'gone' };

/**
 * What BullMQ's code for a settling call means.
 *
 * @throws Error for codes that say the job itself cannot be settled so, e.g. -4: it has pending children
 */
export function settleOutcome(code: number): SettleOutcome {
  switch (code) {
    case 0:
      return { outcome: 'settled' };
    case -1:
      return { outcome: 'gone' };
    case -2: // no lock
    case -3: // not active
    case -6: // somebody else's lock
      return { outcome: 'lost_lock' };
    default:
      throw new Error(`the job could not be settled: BullMQ's code ${code}`);
  }
}
