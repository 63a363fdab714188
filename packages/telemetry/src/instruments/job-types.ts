import type { Attributes } from '@opentelemetry/api';

/** Types that are told apart; with more, those after these in the order of the alphabet are `other`. */
export const MAX_JOB_TYPES = 100;

/** What stands for every type that is not told apart. A type of this name is counted with them. */
export const OTHER_TYPE = 'other';

/** How often a type had an outcome. */
export interface OutcomeCount {
  readonly attributes: Attributes;
  count: number;
}

/** Each method gives the very same object for the same words: nothing is made for a job. */
export interface JobTypeLabels {
  /** The types that are told apart. */
  readonly types: readonly string[];
  ofType(type: string): Attributes;
  withOutcome(type: string, outcome: string): OutcomeCount;
  /** All that were asked for. */
  counts(): Iterable<OutcomeCount>;
}

/**
 * Labels with a bound. Anybody who may add jobs may invent types, so only those that this replica's handlers declare
 * become label values, and of them the first `MAX_JOB_TYPES`. `outcome` must come from a fixed set of words.
 */
export function jobTypeLabels(declared: Iterable<string>): JobTypeLabels {
  const types = [...new Set(declared)].sort().slice(0, MAX_JOB_TYPES);
  const byType = new Map(types.map((type) => [type, entryOf(type)]));
  const other = entryOf(OTHER_TYPE);
  return {
    types,
    ofType: (type) => (byType.get(type) ?? other).alone,
    withOutcome(type, outcome) {
      const { alone, outcomes } = byType.get(type) ?? other;
      let counted = outcomes.get(outcome);
      if (counted === undefined) {
        counted = { attributes: { ...alone, outcome }, count: 0 };
        outcomes.set(outcome, counted);
      }
      return counted;
    },
    *counts() {
      for (const { outcomes } of [...byType.values(), other]) yield* outcomes.values();
    },
  };
}

function entryOf(type: string): { alone: Attributes; outcomes: Map<string, OutcomeCount> } {
  return { alone: { job_type: type }, outcomes: new Map() };
}
