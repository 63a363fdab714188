import { isInCohort } from '../cohort/cohort.ts';
import { bucketOf } from '../histogram/histogram.ts';
import { type RandomBelow, roundAtRandom } from './random.ts';
import type { Scenario, ScenarioEvent, SimulatedWorkspace } from './scenario.ts';

/**
 * The cluster of a simulation, as a fluid: in a tick jobs arrive, and each workspace runs as many as its quota, and its
 * fair part of capacity and replicas, let it. Jobs are counted, not followed one by one: a day of forty tenants is a
 * second of work. What single jobs do under the scheduler is the business of the shard model and its own tests.
 */
export interface SimulatedLoad {
  readonly workspace: SimulatedWorkspace;
  /** Waiting at the end of the tick. */
  backlog: number;
  inFlight: number;
  /** In this tick. */
  enqueued: number;
  refused: number;
  finished: number;
  dead: number;
  /** Histogram bucket of the wait of the jobs of this tick. */
  waitBucket: number;
  oldestMs: number;
  /** Sends that happened twice, ever. */
  duplicates: number;
}

export function emptyLoads(scenario: Scenario): SimulatedLoad[] {
  return scenario.workspaces.map((workspace) => ({
    workspace,
    backlog: 0,
    inFlight: 0,
    enqueued: 0,
    refused: 0,
    finished: 0,
    dead: 0,
    waitBucket: 0,
    oldestMs: 0,
    duplicates: 0,
  }));
}

/** What holds the jobs of a tick back. */
export interface Limits {
  readonly capacity: number;
  readonly slots: number;
  quotaOf(workspace: string): number;
  /** Producers of this workspace are being refused. */
  refuses(workspace: string): boolean;
  /** The rollout under way and its share, basis points. */
  readonly rollout: { readonly name: string; readonly shareBp: number } | null;
}

/** Moves every workspace one tick on. */
export function flow(
  loads: readonly SimulatedLoad[],
  scenario: Scenario,
  elapsedMs: number,
  limits: Limits,
  random: RandomBelow,
): void {
  const events = scenario.events.filter((event) => event.atMs <= elapsedMs && elapsedMs < event.untilMs);
  for (const load of loads) arrive(load, scenario, elapsedMs, events, limits, random);
  const wanted = loads.map((load) => slotsWanted(load, scenario.tickMs, limits));
  const share = fairShare(wanted, Math.min(limits.capacity, limits.slots));
  loads.forEach((load, index) => {
    run(
      load,
      Math.min(wanted[index] as number, share),
      scenario.tickMs,
      deadRate(load, events, limits),
      random,
    );
    for (const event of events) {
      const begins = elapsedMs - event.atMs < scenario.tickMs;
      if (event.kind === 'duplicate_send' && begins && event.workspace === load.workspace.id)
        load.duplicates += 1;
    }
  });
}

function arrive(
  load: SimulatedLoad,
  scenario: Scenario,
  elapsedMs: number,
  events: readonly ScenarioEvent[],
  limits: Limits,
  random: RandomBelow,
): void {
  const { workspace } = load;
  let perMinute = workspace.jobsPerMinute * (workspace.profile === 'day' ? dayPercent(elapsedMs) : 100);
  for (const event of events) {
    if (event.kind !== 'load' || (event.workspace !== null && event.workspace !== workspace.id)) continue;
    perMinute = (perMinute * event.percent) / 100;
  }
  const arrivals = roundAtRandom(perMinute * scenario.tickMs, 60_000 * 100, random);
  load.refused = limits.refuses(workspace.id) ? arrivals : 0;
  load.enqueued = arrivals - load.refused;
  load.backlog += load.enqueued;
}

/** Nothing before 6, everything at noon, nothing after 22 o'clock; straight lines between. */
function dayPercent(elapsedMs: number): number {
  const minute = Math.floor(elapsedMs / 60_000) % 1_440;
  const risen =
    minute < 720 ? Math.floor(((minute - 360) * 100) / 360) : Math.floor(((1_320 - minute) * 100) / 600);
  return Math.max(0, risen);
}

function slotsWanted(load: SimulatedLoad, tickMs: number, limits: Limits): number {
  const needed = Math.ceil((load.backlog * load.workspace.runMs) / tickMs);
  return Math.min(limits.quotaOf(load.workspace.id), needed);
}

/** The level up to which everybody's wish is filled when there are only so many slots (max-min fairness). */
function fairShare(wanted: readonly number[], slots: number): number {
  const ascending = [...wanted].sort((a, b) => a - b);
  let left = slots;
  for (let i = 0; i < ascending.length; i++) {
    const wish = ascending[i] as number;
    const others = ascending.length - i;
    if (wish * others > left) return Math.floor(left / others);
    left -= wish;
  }
  return Number.MAX_SAFE_INTEGER;
}

function run(load: SimulatedLoad, slots: number, tickMs: number, deadBp: number, random: RandomBelow): void {
  const before = load.backlog;
  const possible = Math.floor((slots * tickMs) / load.workspace.runMs);
  load.finished = Math.min(before, possible);
  load.dead = Math.min(load.finished, roundAtRandom(load.finished * deadBp, 10_000, random));
  load.backlog = before - load.finished;
  load.inFlight = slots;
  const waitMs = load.finished === 0 ? 0 : Math.floor((load.backlog * tickMs) / load.finished);
  load.oldestMs = load.backlog === 0 ? 0 : Math.max(waitMs, tickMs);
  load.waitBucket = bucketOf(waitMs);
}

function deadRate(load: SimulatedLoad, events: readonly ScenarioEvent[], limits: Limits): number {
  const { id, deadBp } = load.workspace;
  let rate = deadBp;
  for (const event of events) {
    if (event.kind === 'failures' && (event.workspace === null || event.workspace === id))
      rate = event.deadBp;
    if (
      event.kind === 'bad_change' &&
      limits.rollout &&
      isInCohort(limits.rollout.name, id, limits.rollout.shareBp)
    ) {
      rate = event.deadBp;
    }
  }
  return rate;
}
