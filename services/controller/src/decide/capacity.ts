/** The cluster's capacity. It comes first, for whether there is contention is found out here. */
import {
  type AutoscaleDecision,
  type AutoscaleSignals,
  type ContentionSample,
  type Drill,
  decide,
  isActiveWorkspace,
  type Pin,
  type Reading,
  runnableJobsOf,
  type Step,
} from '@fairlead/core';
import type { Loads } from '../gather/loads.ts';
import type { DecisionMaking, TickContext } from './decision-making.ts';
import { CLUSTER, type Memory } from './memory.ts';

/** Everything of one tick that is about the cluster. Null = not known. */
export interface ClusterSeen {
  readonly contention: ContentionSample;
  /** Over the failure window. */
  readonly ended: { readonly finished: number; readonly dead: number } | null;
  readonly duplicatesTotal: number | null;
  readonly loads: Loads | null;
  /** Workspaces in which a job finished in the failure window. */
  readonly finished: ReadonlySet<string> | null;
  readonly observed: { readonly capacity: number | null; readonly replicas: number | null };
  readonly actuator: AutoscaleSignals['actuator'];
  readonly drills: readonly Drill[];
}

export interface Orders {
  readonly pin: Pin | null;
  readonly step: Step | null;
}

/** As they are measured: without what an exercise puts in their place. */
export function autoscaleSignals(seen: ClusterSeen, { pin, step }: Orders): AutoscaleSignals {
  const demand = seen.loads && demandOf(seen.loads);
  return {
    contention: seen.contention,
    finished: seen.ended?.finished ?? null,
    dead: seen.ended?.dead ?? null,
    duplicatesTotal: seen.duplicatesTotal,
    activeWorkspaces: demand && seen.finished && new Set([...demand.withRunnable, ...seen.finished]).size,
    backlog: demand?.backlog ?? null,
    runnable: demand?.runnable ?? null,
    inFlight: demand?.inFlight ?? null,
    pin,
    step,
    actuator: seen.actuator,
    observedCapacity: seen.observed.capacity,
    observedReplicas: seen.observed.replicas,
    synthetic: false,
  };
}

/** Sums over the workspaces; what is paused waits for its operator and not for capacity. */
function demandOf(loads: Loads) {
  const demand = { backlog: 0, runnable: 0, inFlight: 0, withRunnable: new Set<string>() };
  for (const load of loads.values()) {
    demand.inFlight += load.inFlight;
    if (load.paused) continue;
    demand.backlog += load.backlog;
    demand.runnable += runnableJobsOf(load);
    if (isActiveWorkspace(load, 0)) demand.withRunnable.add(load.workspace);
  }
  return demand;
}

/** Decides, and answers what contention looks like. */
export function decideCapacity(
  making: DecisionMaking,
  memory: Memory,
  signals: AutoscaleSignals,
): { readonly decision: AutoscaleDecision; readonly contention: Reading } {
  const { memory: next, decision } = making.decide('autoscale', CLUSTER, memory.autoscale, signals);
  memory.autoscale = next;
  memory.shadow = undefined;
  return { decision, contention: decision.guardrail.contention };
}

/** While decisions on capacity are switched off: contention is still looked at, for the other kinds. */
export function watchContention(context: TickContext, memory: Memory, signals: AutoscaleSignals): Reading {
  const state = memory.shadow ?? memory.autoscale.state;
  const { decision, nextState } = decide('autoscale', context.policy.policy, state, signals, context.nowMs);
  memory.shadow = nextState;
  return decision.guardrail.contention;
}
