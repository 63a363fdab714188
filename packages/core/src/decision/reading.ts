/**
 * What a signal says. `unknown` is not a mild `ok`: it never raises, promotes or advances, and it never clears
 * what a breach began. From best to worst: ok, unknown, breach.
 */
export type Reading = 'ok' | 'breach' | 'unknown';

/** A breach anywhere is a breach; failing that, an unknown anywhere is unknown. */
export function worse(a: Reading, b: Reading): Reading {
  if (a === 'breach' || b === 'breach') return 'breach';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'ok';
}

/** The three guardrails as they stood at a decision; `unknown` also where a kind does not look at one. */
export interface Guardrail {
  readonly contention: Reading;
  readonly failureRate: Reading;
  readonly duplicates: Reading;
}
