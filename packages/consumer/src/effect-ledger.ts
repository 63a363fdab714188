/** What `ctx.once` needs of a ledger, and no more. `@fairlead/ledger` has the real one. */

export interface EffectToClaim {
  readonly workspace: string;
  readonly effectKey: string;
  readonly jobId: string;
  readonly attempt: number;
  /** For how long the claimer is taken to be at work. */
  readonly claimMs: number;
  readonly whenUnknown: 'hold' | 'retry';
}

/** An effect and the claim under which this attempt holds it. */
export interface HeldEffect {
  readonly workspace: string;
  readonly effectKey: string;
  readonly claim: number;
}

/** Why an effect is not this attempt's to run. */
export type EffectTaken =
  | { readonly outcome: 'recorded'; readonly result: unknown }
  | { readonly outcome: 'in_progress'; readonly untilMs: number }
  | { readonly outcome: 'unknown'; readonly sinceMs: number };

/** The handler's own statements, with $1, $2, … for the values. */
export interface EffectTransaction {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The number of rows that it changed. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
}

export interface EffectLedger {
  claim(
    effect: EffectToClaim,
  ): Promise<{ readonly outcome: 'claimed'; readonly claim: number } | EffectTaken>;
  /** `late`: somebody else took the claim. */
  record(held: HeldEffect, resultJson: string | undefined): Promise<{ outcome: 'recorded' | 'late' }>;
  /** It did not happen: the next claim may run it. */
  fail(held: HeldEffect, error: string): Promise<{ outcome: 'recorded' | 'late' }>;
  /** What `apply` writes commits together with the outcome, or not at all. */
  once(
    effect: Omit<EffectToClaim, 'claimMs'>,
    apply: (tx: EffectTransaction) => Promise<string | undefined>,
  ): Promise<{ readonly outcome: 'applied'; readonly resultJson: string | undefined } | EffectTaken>;
  get(workspace: string, effectKey: string): Promise<{ readonly executions: number } | undefined>;
}
