/** What the replica needs of a ledger, and no more. `@fairlead/ledger` has the real one. */

/** May a claimed job run? `unknown`: the ledger has no such job any more. */
export type LedgerVerdict = 'run' | 'finished' | 'cancelled' | 'unknown';

export interface LedgerFinish {
  readonly id: string;
  readonly outcome: 'succeeded' | 'dead';
  readonly resultJson?: string;
  readonly error?: string;
  readonly attempts: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

export interface LedgerFailure {
  readonly id: string;
  /** How many attempts have failed, with this one. */
  readonly attempts: number;
  readonly error: string;
  /** When the next one may start. */
  readonly runAtMs: number;
}

/** Each call takes a batch and makes a bounded number of statements. */
export interface JobLedger {
  verdicts(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerVerdict>>;
  /** The first finisher wins; answers the ids of which this call's outcome is the recorded one. */
  finish(finishes: readonly LedgerFinish[]): Promise<ReadonlySet<string>>;
  attemptFailed(failures: readonly LedgerFailure[]): Promise<void>;
}
