import {
  comparePolicy,
  type DecisionRecord,
  type Policy,
  type PolicyDifference,
  policyHash,
} from '@fairlead/core';
import { instant } from '../decision-log/open.ts';
import { sha256 } from '../decision-log/sha256.ts';
import type { Screen } from '../output/screen.ts';
import { type Column, table } from '../output/table.ts';

/** Recorded decisions under another policy, as --json prints it. */
export interface Comparison {
  /** Each decision is compared by itself: see `comparePolicy`. */
  readonly openLoop: true;
  readonly policy: string;
  readonly other: string;
  readonly compared: number;
  readonly differences: readonly PolicyDifference[];
}

/** For whoever reads the numbers: what they do not say. */
export const OPEN_LOOP =
  'Open loop: each decision was compared by itself, from the signals and the state that were recorded. What the first ' +
  'other answer would have led to is not in it: for that, run the scenario with --policy.';

export function compare(records: readonly DecisionRecord[], policy: Policy, other: Policy): Comparison {
  return {
    openLoop: true,
    policy: policyHash(policy, sha256),
    other: policyHash(other, sha256),
    compared: records.length,
    differences: comparePolicy(records, other),
  };
}

/** For people the sums by reason, with an example each; for programs a line for each decision. */
export function renderComparison(screen: Screen, { compared, differences }: Comparison): string {
  if (!screen.live) return table(screen, DIFFERENCE_COLUMNS, differences);
  const sums = `${differences.length.toLocaleString('en')} of ${compared.toLocaleString('en')} recorded decisions`;
  const head = `${sums} would have been others.\n`;
  return differences.length === 0 ? head : `${head}\n${table(screen, SUM_COLUMNS, sumsOf(differences))}`;
}

const DIFFERENCE_COLUMNS: Column<PolicyDifference>[] = [
  { title: '', text: ({ evaluatedAt }) => instant(evaluatedAt) },
  { title: '', text: ({ id }) => id },
  { title: '', text: ({ recorded }) => recorded.reasonCode },
  { title: '', text: ({ recorded }) => String(recorded.to) },
  { title: '', text: ({ other }) => other.reasonCode },
  { title: '', text: ({ other }) => String(other.to) },
];

interface Sum {
  readonly count: number;
  readonly first: PolicyDifference;
}

const SUM_COLUMNS: Column<Sum>[] = [
  { title: 'DECISIONS', text: ({ count }) => count.toLocaleString('en'), align: 'right' },
  { title: 'RECORDED', text: ({ first }) => first.recorded.reasonCode },
  { title: 'OTHER', text: ({ first }) => first.other.reasonCode, style: () => 'yellow' },
  { title: 'FIRST', text: ({ first }) => first.id },
  { title: 'TO', text: ({ first }) => `${first.recorded.to} → ${first.other.to}` },
];

/** By what was recorded and what would have been, the most frequent first. */
function sumsOf(differences: readonly PolicyDifference[]): Sum[] {
  const found = new Map<string, Sum>();
  for (const difference of differences) {
    const { id, recorded, other } = difference;
    const key = [id.split(':', 1), recorded.reasonCode, other.reasonCode].join(' ');
    const { count, first } = found.get(key) ?? { count: 0, first: difference };
    found.set(key, { count: count + 1, first });
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
