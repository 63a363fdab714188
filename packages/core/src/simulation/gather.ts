import { isActiveWorkspace, runnableJobsOf, type WorkspaceLoad } from '../autoscale/demand.ts';
import type { AutoscaleSignals, Pin, Step } from '../autoscale/signals.ts';
import { isInCohort } from '../cohort/cohort.ts';
import type { ContentionSample } from '../contention/contention.ts';
import { addCounts, NO_COUNTS, type WorkspaceCounts } from '../counts/workspace-counts.ts';
import { EMPTY_HISTOGRAM, type Histogram } from '../histogram/histogram.ts';
import type { RolloutCommand } from '../rollout/signals.ts';
import type { SimulatedLoad } from './load.ts';
import type { Scenario, ScenarioEvent } from './scenario.ts';

/** The counts of one workspace since its open window began: what a controller keeps in its database. */
export interface Counted {
  startMs: number | null;
  counts: WorkspaceCounts;
}

/** A tick of one workspace as its replicas would have flushed it. */
export function countsOfTick(load: SimulatedLoad, duplicates: number): WorkspaceCounts {
  const { enqueued: enqueues, finished, dead } = load;
  const wait: Histogram = finished === 0 ? EMPTY_HISTOGRAM : [load.waitBucket, finished];
  return { ...NO_COUNTS, enqueues, started: finished, finished, failed: dead, dead, duplicates, wait };
}

/** The events under way. */
export function eventsAt(scenario: Scenario, elapsedMs: number): readonly ScenarioEvent[] {
  return scenario.events.filter((event) => event.atMs <= elapsedMs && elapsedMs < event.untilMs);
}

export function isLost(events: readonly ScenarioEvent[]): boolean {
  return events.some((event) => event.kind === 'lost_signal');
}

/** The tick's measurements of contention. */
export function contentionSample(
  events: readonly ScenarioEvent[],
  loads: readonly SimulatedLoad[],
): ContentionSample {
  const lost = isLost(events);
  const known = (value: number) => (lost ? null : value);
  let claimP95Ms = 5;
  let redisMemoryBp = 2_500;
  for (const event of events) {
    if (event.kind === 'claim_latency') claimP95Ms = event.p95Ms;
    if (event.kind === 'redis_memory') redisMemoryBp = event.bp;
  }
  return {
    claimP95Ms: known(claimP95Ms),
    locksLost: known(0),
    runningJobs: known(sum(loads, (load) => load.inFlight)),
    stalledJobs: known(0),
    startedJobs: known(sum(loads, (load) => load.finished)),
    eventLoopP99Ms: known(20),
    ledgerLagMs: known(100),
    redisMemoryBp: known(redisMemoryBp),
  };
}

/** What the workspaces add up to, and what operators have ordered. */
export function autoscaleSignals(
  scenario: Scenario,
  startMs: number,
  events: readonly ScenarioEvent[],
  loads: readonly SimulatedLoad[],
  seen: {
    readonly quotaOf: (workspace: string) => number;
    readonly recentFinished: number;
    readonly recentDead: number;
    readonly capacity: number;
    readonly replicas: number;
  },
): AutoscaleSignals {
  const lost = isLost(events);
  const known = (value: number) => (lost ? null : value);
  const loadOf = (load: SimulatedLoad): WorkspaceLoad => ({
    backlog: load.backlog,
    unusedConcurrency: Math.max(0, seen.quotaOf(load.workspace.id) - load.inFlight),
    availableTokens: null,
  });
  return {
    contention: contentionSample(events, loads),
    finished: known(seen.recentFinished),
    dead: known(seen.recentDead),
    duplicatesTotal: known(sum(loads, (load) => load.duplicates)),
    activeWorkspaces: known(loads.filter((load) => isActiveWorkspace(loadOf(load), load.finished)).length),
    backlog: known(sum(loads, (load) => load.backlog)),
    runnable: known(sum(loads, (load) => runnableJobsOf(loadOf(load)))),
    inFlight: known(sum(loads, (load) => load.inFlight)),
    pin: pinOf(events, startMs),
    step: stepOf(scenario, events, startMs),
    actuator: 'process',
    observedCapacity: known(seen.capacity),
    observedReplicas: known(seen.replicas),
    synthetic: false,
  };
}

/** The order that was given last, numbered by its place in the scenario. */
export function rolloutCommand(scenario: Scenario, elapsedMs: number): RolloutCommand | null {
  let command: RolloutCommand | null = null;
  scenario.events.forEach((event, index) => {
    if (event.kind !== 'rollout' || event.atMs > elapsedMs) return;
    command = { number: index + 1, order: event.order, actor: event.actor };
  });
  return command;
}

/** Both sides of a rollout, counted since its hold began. */
export interface Sides {
  cohort: WorkspaceCounts;
  rest: WorkspaceCounts;
}

export function emptySides(): Sides {
  return { cohort: NO_COUNTS, rest: NO_COUNTS };
}

/** Adds a tick of each workspace to its side. */
export function countSides(
  sides: Sides,
  loads: readonly SimulatedLoad[],
  rollout: string,
  shareBp: number,
): void {
  for (const load of loads) {
    const side = isInCohort(rollout, load.workspace.id, shareBp) ? 'cohort' : 'rest';
    sides[side] = addCounts(sides[side], countsOfTick(load, 0));
  }
}

function pinOf(events: readonly ScenarioEvent[], startMs: number): Pin | null {
  for (const event of events) {
    if (event.kind !== 'pin') continue;
    return { capacity: event.capacity, actor: event.actor, expiresAtMs: startMs + event.untilMs };
  }
  return null;
}

function stepOf(scenario: Scenario, events: readonly ScenarioEvent[], startMs: number): Step | null {
  for (const event of events) {
    if (event.kind !== 'step') continue;
    const number = scenario.events.indexOf(event) + 1;
    return { number, by: event.by, actor: event.actor, expiresAtMs: startMs + event.untilMs };
  }
  return null;
}

function sum(loads: readonly SimulatedLoad[], value: (load: SimulatedLoad) => number): number {
  return loads.reduce((total, load) => total + value(load), 0);
}
