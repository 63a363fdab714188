/** Everything that one tick decides, in its order: what is found out first is looked at by those after it. */
import {
  type AutoscaleDecision,
  type AutoscaleSignals,
  type ContentionHistory,
  injectAutoscale,
  type Reading,
  type RolloutState,
  rememberContention,
} from '@fairlead/core';
import type { ControlReading } from '@fairlead/ledger';
import type { WorkspaceQuota } from '@fairlead/scheduler';
import type { Counting } from '../gather/counting.ts';
import { autoscaleSignals, type ClusterSeen, decideCapacity, watchContention } from './capacity.ts';
import type { DecisionMaking, Pressures, TickContext } from './decision-making.ts';
import { type Exercise, followExercise } from './exercise.ts';
import type { Memory } from './memory.ts';
import { decidePressure } from './pressure.ts';
import { decidePromotions } from './promotion.ts';
import { decideRollouts } from './rollouts.ts';

/** Who has a feature: the workspaces that `isInCohort(name, workspace, shareBp)` names. */
export interface FeatureShare {
  readonly name: string;
  readonly shareBp: number;
}

/** What was gathered for a tick. */
export interface Gathered {
  readonly cluster: ClusterSeen;
  /** All reports up to now have been read. */
  readonly isCaughtUp: boolean;
  /** What contention was until now, and when it last was an exercise's doing. */
  readonly contention: ContentionHistory;
  readonly drilledAtMs: number;
  /** One that is on, or still felt. */
  readonly exercise: Exercise | undefined;
  /** After a longer time without a look nobody knows what was in between, ms. */
  readonly maxGapMs: number;
  /** Running totals by workspace; who is not in it has none. */
  readonly duplicates: ReadonlyMap<string, number>;
  /** Windows that were ever dispatched twice, by workspace. */
  readonly duplicateDispatches: ReadonlyMap<string, number>;
  /** The last rollout of promotions that was started; undefined: there was none, and everybody may be promoted. */
  readonly promotionRollout: FeatureShare | undefined;
}

export interface AllDecided {
  readonly signals: AutoscaleSignals;
  /** Undefined while capacity is not decided on. */
  readonly capacity: AutoscaleDecision | undefined;
  readonly contention: ContentionHistory;
  readonly drilledAtMs: number;
  readonly exercise: Exercise | undefined;
  readonly quotas: readonly WorkspaceQuota[];
  /** While backpressure is not decided on, nobody is pressed. */
  readonly pressures: Pressures;
  /** Of the rollouts that are not over. */
  readonly rollouts: ReadonlyMap<string, RolloutState>;
}

const NO_PRESSURE: Pressures = { cluster: null, workspaces: new Map() };

/** Kinds that are switched off keep their states; `memory` is brought up to date for all others. */
export function decideAll(
  making: DecisionMaking,
  memory: Memory,
  context: TickContext,
  { overrides, rollouts: open }: Pick<ControlReading, 'overrides' | 'rollouts'>,
  gathered: Gathered,
  counting: Counting,
): AllDecided {
  const { nowMs } = context;
  const { policy } = context.policy;
  const { cluster, isCaughtUp, maxGapMs } = gathered;
  const { off } = overrides;
  const measured = autoscaleSignals(cluster, overrides);
  const injected = injectAutoscale(measured, cluster.drills);
  const state = (off.has('autoscale') && memory.shadow) || memory.autoscale.state;
  const { signals, exercise, isContentionDrilled } = followExercise(
    policy,
    gathered.exercise,
    state,
    measured,
    injected,
    nowMs,
  );
  const drilledAtMs = isContentionDrilled ? nowMs : gathered.drilledAtMs;
  const decided = off.has('autoscale')
    ? { decision: undefined, contention: watchContention(context, memory, signals) }
    : decideCapacity(making, memory, signals);
  const contention = withReading(gathered, policy.promotion, decided.contention, nowMs);

  const quotas = off.has('promotion')
    ? []
    : decidePromotions(making, memory, context, {
        counting,
        isCaughtUp,
        contention,
        maxGapMs,
        duplicates: gathered.duplicates,
        freezes: overrides.freezes,
        rollout: gathered.promotionRollout,
        drilledAtMs,
      });
  const pressures = off.has('backpressure')
    ? NO_PRESSURE
    : decidePressure(making, memory, context, cluster, {
        contention: decided.contention,
        isDrilled: injected.synthetic || isContentionDrilled,
      });
  const rollouts = off.has('rollout')
    ? heldRollouts(memory, open)
    : decideRollouts(making, memory, open, {
        counting,
        isCaughtUp,
        nowMs,
        duplicateDispatches: gathered.duplicateDispatches,
        duplicatesTotal: signals.duplicatesTotal,
        synthetic: injected.synthetic,
      });
  return {
    signals,
    capacity: decided.decision,
    contention,
    drilledAtMs,
    exercise,
    quotas,
    pressures,
    rollouts,
  };
}

function withReading(
  { contention, maxGapMs }: Gathered,
  { windowMs, demotionWindowMs }: { readonly windowMs: number; readonly demotionWindowMs: number },
  reading: Reading,
  nowMs: number,
): ContentionHistory {
  // Twice the longest window: one may be judged as late as the next one ends.
  const keepMs = 2 * Math.max(windowMs, demotionWindowMs) + maxGapMs;
  return rememberContention(contention, reading, nowMs, { maxGapMs, keepMs });
}

function heldRollouts(memory: Memory, open: ControlReading['rollouts']): Map<string, RolloutState> {
  return new Map(
    open.flatMap(({ name }) => {
      const state = memory.rollouts.get(name)?.state;
      return state ? [[name, state] as const] : [];
    }),
  );
}
