import type { Ability, FairSystem } from './fair-system.ts';
import type { Finding } from './finding.ts';
import { allAtQuota } from './scenarios/all-at-quota.ts';
import { idleCapacity, idleUnderLimits } from './scenarios/idle-capacity.ts';
import { longHog } from './scenarios/long-hog.ts';
import { order } from './scenarios/order.ts';
import { quota, quotaKilled } from './scenarios/quota.ts';
import { reweigh } from './scenarios/reweigh.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { skew } from './scenarios/skew.ts';
import { trace } from './scenarios/trace.ts';
import { trickle } from './scenarios/trickle.ts';
import { weights } from './scenarios/weights.ts';
import type { Sizes } from './sizes.ts';

/** What a system that calls itself fair is held to. */
export const FAIRNESS_SCENARIOS: readonly Scenario[] = [
  skew,
  weights,
  reweigh,
  trickle,
  longHog,
  quota,
  quotaKilled,
  idleCapacity,
  idleUnderLimits,
  order,
  allAtQuota,
  trace,
];

export type Played =
  | { readonly outcome: 'played'; readonly findings: readonly Finding[] }
  | { readonly outcome: 'not_applicable'; readonly lacks: readonly Ability[] };

/** Plays a scenario, unless the system has not what it is about. */
export async function playScenario(scenario: Scenario, system: FairSystem, sizes: Sizes): Promise<Played> {
  const lacks = scenario.needs.filter((ability) => system.lacks.has(ability));
  if (lacks.length > 0) return { outcome: 'not_applicable', lacks };
  return { outcome: 'played', findings: await scenario.play(system, sizes) };
}
