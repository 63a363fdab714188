/**
 * Which workspaces have a feature that is being rolled out: one small query a second.
 *
 * The last rollout of a feature that was started decides, also when it is over: then everybody has the feature, or
 * nobody. While Postgres is away, what was known last holds.
 */

import { isInCohort } from '@fairlead/core';
import type { Loop } from '@fairlead/http';
import type { DecidingRollout, Rollouts } from '@fairlead/ledger';
import { createLoop, type LoopParts } from './loop.ts';

/** The features that a dispatcher applies. */
export type Feature = 'dispatch-queue' | 'fairness-runtime';

export interface FeatureRollouts extends Loop {
  /** Undefined: the feature was never rolled out, as far as this dispatcher knows. */
  of(feature: Feature): DecidingRollout | undefined;
  /** Reads them now. @throws FairleadError LEDGER_UNAVAILABLE */
  refresh(): Promise<void>;
  /** Called after each reading. */
  onRead(listener: () => void): void;
}

export interface FeatureRolloutsParts {
  readonly ledger: Pick<Rollouts, 'deciding'>;
  readonly logger: LoopParts['logger'];
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 1_000;

export function createFeatureRollouts({
  ledger,
  logger,
  everyMs = EVERY_MS,
}: FeatureRolloutsParts): FeatureRollouts {
  const listeners: (() => void)[] = [];
  let known = new Map<string, DecidingRollout>();
  let asked = 0;
  let answered = 0;

  async function refresh(): Promise<void> {
    const mine = ++asked;
    const rollouts = await ledger.deciding();
    // An answer that was overtaken by a later one is older.
    if (mine < answered) return;
    answered = mine;
    known = new Map(rollouts.map((rollout) => [rollout.feature, rollout]));
    for (const listener of listeners) listener();
  }

  const loop = createLoop({
    everyMs,
    logger,
    what: 'reading the rollouts',
    async round() {
      await refresh();
      return 'wait';
    },
  });
  return {
    ...loop,
    refresh,
    of: (feature) => known.get(feature),
    onRead: (listener) => void listeners.push(listener),
  };
}

/** Whether the rollout gives its feature to the workspace. */
export function includes(
  rollout: Pick<DecidingRollout, 'name' | 'shareBp'> | undefined,
  workspace: string,
): boolean {
  return rollout !== undefined && isInCohort(rollout.name, workspace, rollout.shareBp);
}
