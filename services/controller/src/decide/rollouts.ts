/** Where the rollouts stand that are not over. */
import { cohortCountsOf, type RolloutSignals, type RolloutState } from '@fairlead/core';
import type { OpenRollout } from '@fairlead/ledger';
import type { Counting } from '../gather/counting.ts';
import { dispatchesIn } from '../gather/sides.ts';
import type { DecisionMaking } from './decision-making.ts';
import { type Memory, newRollout } from './memory.ts';

export interface RolloutsSeen {
  readonly counting: Pick<Counting, 'sidesOf' | 'isWhole'>;
  readonly isCaughtUp: boolean;
  /** Windows that were ever dispatched twice, by workspace. */
  readonly duplicateDispatches: ReadonlyMap<string, number>;
  readonly duplicatesTotal: number | null;
  readonly nowMs: number;
  readonly synthetic: boolean;
}

/** @returns the states of those that go on, by name */
export function decideRollouts(
  making: DecisionMaking,
  memory: Memory,
  open: readonly OpenRollout[],
  seen: RolloutsSeen,
): Map<string, RolloutState> {
  const states = new Map<string, RolloutState>();
  for (const rollout of open) {
    const before = memory.rollouts.get(rollout.name) ?? newRollout();
    const signals = rolloutSignals(rollout, seen);
    const decided = making.decide('rollout', { type: 'rollout', id: rollout.name }, before, signals);
    memory.rollouts.set(rollout.name, decided.memory);
    states.set(rollout.name, decided.memory.state);
  }
  return states;
}

function rolloutSignals({ name, command }: OpenRollout, seen: RolloutsSeen): RolloutSignals {
  const sides = seen.counting.sidesOf(name);
  const others = { duplicatesTotal: seen.duplicatesTotal, command, synthetic: seen.synthetic };
  if (sides === undefined) {
    const unknown = cohortCountsOf(null, null);
    return { countedSinceMs: null, cohort: unknown, rest: unknown, ...others };
  }
  const { sinceMs } = sides;
  const isKnown = seen.isCaughtUp && seen.counting.isWhole({ startMs: sinceMs, endMs: seen.nowMs + 1 });
  const dispatches = Math.max(0, dispatchesIn(sides, seen.duplicateDispatches) - sides.dispatchesBefore);
  return {
    countedSinceMs: sinceMs,
    cohort: cohortCountsOf(isKnown ? sides.cohort : null, dispatches),
    rest: cohortCountsOf(isKnown ? sides.rest : null, 0),
    ...others,
  };
}
