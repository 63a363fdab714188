import { initialAutoscale } from '../autoscale/state.ts';
import { INITIAL_BACKPRESSURE } from '../backpressure/state.ts';
import { type ContentionHistory, contentionIn, rememberContention } from '../contention/history.ts';
import { addCounts, NO_COUNTS } from '../counts/workspace-counts.ts';
import type { Hash } from '../decision/canonical.ts';
import type { Kind } from '../decision/decision.ts';
import type { DecisionOf, SignalsOf } from '../decision/engine.ts';
import type { DecisionLog } from '../decision/log.ts';
import { type Policy, policyHash } from '../decision/policy.ts';
import type { DecisionRecord, Subject } from '../decision/record.ts';
import { advanceSubject, type SubjectMemory } from '../decision/subject.ts';
import { initialPromotion, isWindowDue, openWindow } from '../promotion/state.ts';
import { promotionWindowOf } from '../promotion/window-of-counts.ts';
import { cohortCountsOf } from '../rollout/cohort-of-counts.ts';
import { INITIAL_ROLLOUT } from '../rollout/state.ts';
import {
  autoscaleSignals,
  type Counted,
  contentionSample,
  countSides,
  countsOfTick,
  emptySides,
  eventsAt,
  isLost,
  rolloutCommand,
  type Sides,
} from './gather.ts';
import { emptyLoads, flow, type Limits, type SimulatedLoad } from './load.ts';
import { type RandomBelow, seededRandom } from './random.ts';
import type { Scenario, ScenarioEvent } from './scenario.ts';

export interface Simulation {
  /** Every decision that was recorded, in the order it was taken, with its policy. */
  readonly log: DecisionLog;
  /** How often each record was repeated (see `isRepeat`), by its id; those that never were are left out. */
  readonly repeats: ReadonlyMap<string, number>;
  /** Decisions taken, the folded ones included. */
  readonly decisions: number;
}

/** A virtual clock begins here: 2026-01-01T00:00:00Z. */
export const SIMULATION_START_MS = 1_767_225_600_000;

/** Longest time without a sample that is not a blind spot, ms: three missed ticks of the default. */
const MAX_GAP_MS = 60_000;
const CLUSTER: Subject = { type: 'cluster', id: 'cluster' };

/**
 * Runs a scenario through the engine that production runs, closed loop: what is decided at one tick is what the
 * simulated cluster lives under until the next. Time is counted, not read; chance comes from the seed: the same three
 * values give the same log, byte for byte.
 */
export function simulate(scenario: Scenario, policy: Policy, seed: number, hash: Hash): Simulation {
  const ticks = simulateTicks(scenario, policy, seed, hash);
  for (;;) {
    const step = ticks.next();
    if (step.done) return step.value;
  }
}

/** The same, a tick at a time: yields how much of the scenario is over, ms. The caller may look on, wait, or stop. */
export function* simulateTicks(
  scenario: Scenario,
  policy: Policy,
  seed: number,
  hash: Hash,
): Generator<number, Simulation, void> {
  const world = createWorld(scenario, policy, seed, hash);
  for (let elapsedMs = scenario.tickMs; elapsedMs <= scenario.durationMs; elapsedMs += scenario.tickMs) {
    tick(world, elapsedMs);
    yield elapsedMs;
  }
  const about = { scenario: scenario.name, seed, tickMs: scenario.tickMs, durationMs: scenario.durationMs };
  return {
    log: { about, policies: [policy], records: world.records },
    repeats: world.repeats,
    decisions: world.decisions,
  };
}

/** The cluster lives for one tick, and whoever leads decides. */
function tick(world: World, elapsedMs: number): void {
  const events = eventsAt(world.scenario, elapsedMs);
  live(world, elapsedMs);
  if (events.some((event) => event.kind === 'leader_change')) {
    world.leaderless = true;
    return;
  }
  if (world.leaderless) world.epoch += 1;
  world.leaderless = false;
  decideAll(world, elapsedMs, events);
}

interface World {
  readonly scenario: Scenario;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly hash: Hash;
  readonly random: RandomBelow;
  readonly loads: readonly SimulatedLoad[];
  readonly windows: readonly Counted[];
  readonly duplicatesSeen: number[];
  readonly recent: { finished: number; dead: number }[];
  /** What is remembered of each subject, by kind and subject: what production keeps in its database. */
  readonly memories: Map<string, SubjectMemory<Kind>>;
  sides: Sides & { readonly sinceMs: number | null };
  contention: ContentionHistory;
  epoch: number;
  leaderless: boolean;
  runningReplicas: number;
  readonly records: DecisionRecord[];
  readonly repeats: Map<string, number>;
  decisions: number;
}

function createWorld(scenario: Scenario, policy: Policy, seed: number, hash: Hash): World {
  const memories = new Map<string, SubjectMemory<Kind>>();
  const begin = (kind: Kind, id: string, state: SubjectMemory<Kind>['state']) =>
    memories.set(`${kind}:${id}`, { state, last: null });
  begin('autoscale', CLUSTER.id, initialAutoscale(policy.autoscale));
  begin('backpressure', CLUSTER.id, INITIAL_BACKPRESSURE);
  for (const { id } of scenario.workspaces) {
    begin('promotion', id, initialPromotion(policy.promotion));
    begin('backpressure', id, INITIAL_BACKPRESSURE);
  }
  if (scenario.rollout !== null) begin('rollout', scenario.rollout, INITIAL_ROLLOUT);
  return {
    scenario,
    policy,
    policyHash: policyHash(policy, hash),
    hash,
    random: seededRandom(seed),
    loads: emptyLoads(scenario),
    windows: scenario.workspaces.map(() => ({ startMs: null, counts: NO_COUNTS })),
    duplicatesSeen: scenario.workspaces.map(() => 0),
    recent: [],
    memories,
    sides: { sinceMs: null, ...emptySides() },
    contention: [],
    epoch: 1,
    leaderless: false,
    runningReplicas: policy.autoscale.minReplicas,
    records: [],
    repeats: new Map(),
    decisions: 0,
  };
}

/** The cluster works for one tick, led or not, and what it counts is kept. */
function live(world: World, elapsedMs: number): void {
  const { scenario, policy, loads } = world;
  const rollout =
    scenario.rollout === null ? null : { name: scenario.rollout, shareBp: rolloutState(world).shareBp };
  const clusterRefuses = stateOf(world, 'backpressure', CLUSTER.id).level === 'hard';
  const limits: Limits = {
    capacity: stateOf(world, 'autoscale', CLUSTER.id).capacity,
    slots: world.runningReplicas * policy.autoscale.slotsPerReplica,
    quotaOf: (id) => stateOf(world, 'promotion', id).quota,
    refuses: (id) => clusterRefuses || stateOf(world, 'backpressure', id).level === 'hard',
    rollout,
  };
  flow(loads, scenario, elapsedMs - scenario.tickMs, limits, world.random);
  // What was asked for at the last tick has come up by the next.
  world.runningReplicas = stateOf(world, 'autoscale', CLUSTER.id).replicas;
  const now = SIMULATION_START_MS + elapsedMs;
  loads.forEach((load, index) => {
    const counted = world.windows[index] as Counted;
    const fresh = load.duplicates - (world.duplicatesSeen[index] as number);
    world.duplicatesSeen[index] = load.duplicates;
    if (counted.startMs !== null && now > counted.startMs)
      counted.counts = addCounts(counted.counts, countsOfTick(load, fresh));
  });
  if (rollout && world.sides.sinceMs !== null) countSides(world.sides, loads, rollout.name, rollout.shareBp);
  const add = (pick: (load: SimulatedLoad) => number) => loads.reduce((total, load) => total + pick(load), 0);
  world.recent.push({ finished: add((load) => load.finished), dead: add((load) => load.dead) });
  if (world.recent.length * scenario.tickMs > policy.autoscale.failureWindowMs) world.recent.shift();
}

function decideAll(world: World, elapsedMs: number, events: readonly ScenarioEvent[]): void {
  const now = SIMULATION_START_MS + elapsedMs;
  decideCapacity(world, now, events);
  decidePressure(world, now, events);
  world.loads.forEach((load, index) => {
    decideLadder(world, now, load, world.windows[index] as Counted, isLost(events));
  });
  if (world.scenario.rollout !== null)
    decideStage(world, now, elapsedMs, world.scenario.rollout, isLost(events));
}

function decideCapacity(world: World, now: number, events: readonly ScenarioEvent[]): void {
  const { policy, scenario, loads, recent } = world;
  const signals = autoscaleSignals(scenario, SIMULATION_START_MS, events, loads, {
    quotaOf: (id) => stateOf(world, 'promotion', id).quota,
    recentFinished: recent.reduce((total, tick) => total + tick.finished, 0),
    recentDead: recent.reduce((total, tick) => total + tick.dead, 0),
    capacity: stateOf(world, 'autoscale', CLUSTER.id).capacity,
    replicas: world.runningReplicas,
  });
  const decision = advance(world, 'autoscale', CLUSTER, signals, now);
  world.contention = rememberContention(world.contention, decision.guardrail.contention, now, {
    maxGapMs: MAX_GAP_MS,
    keepMs: policy.promotion.windowMs + MAX_GAP_MS,
  });
}

function decidePressure(world: World, now: number, events: readonly ScenarioEvent[]): void {
  const lost = isLost(events);
  const { loads } = world;
  const waiting = loads.reduce((total, load) => total + load.backlog, 0);
  const contention = world.contention.at(-1)?.reading ?? 'unknown';
  const { redisMemoryBp } = contentionSample(events, loads);
  const cluster = { scope: 'cluster', redisMemoryBp, contention, backlog: lost ? null : waiting } as const;
  advance(world, 'backpressure', CLUSTER, { ...cluster, synthetic: false }, now);
  for (const load of loads) {
    const { id, maxBacklog } = load.workspace;
    const isAtQuota = load.inFlight >= stateOf(world, 'promotion', id).quota;
    const signals: SignalsOf<'backpressure'> = {
      scope: 'workspace',
      backlog: lost ? null : load.backlog,
      maxBacklog,
      oldestRunnableMs: lost ? null : load.oldestMs,
      waitingFor: load.backlog === 0 ? null : isAtQuota ? 'slots' : 'capacity',
      synthetic: false,
    };
    advance(world, 'backpressure', { type: 'workspace', id }, signals, now);
  }
}

function decideLadder(world: World, now: number, load: SimulatedLoad, counted: Counted, lost: boolean): void {
  const policy = world.policy.promotion;
  const { id, eligible } = load.workspace;
  const subject: Subject = { type: 'workspace', id };
  do {
    const open = openWindow(policy, stateOf(world, 'promotion', id));
    const isOver = open !== null && now >= open.endMs;
    const contention = isOver ? contentionIn(world.contention, open, MAX_GAP_MS) : 'unknown';
    const signals: SignalsOf<'promotion'> = {
      eligible: lost ? null : eligible,
      duplicatesTotal: lost ? null : load.duplicates,
      window: isOver ? promotionWindowOf(counted.counts, open, contention) : null,
      freeze: null,
      synthetic: false,
    };
    advance(world, 'promotion', subject, signals, now);
    const { windowStartMs } = stateOf(world, 'promotion', id);
    if (windowStartMs !== counted.startMs)
      Object.assign(counted, { startMs: windowStartMs, counts: NO_COUNTS });
  } while (isWindowDue(policy, stateOf(world, 'promotion', id), now));
}

function decideStage(world: World, now: number, elapsedMs: number, rollout: string, lost: boolean): void {
  const signals: SignalsOf<'rollout'> = {
    countedSinceMs: world.sides.sinceMs,
    cohort: cohortCountsOf(lost ? null : world.sides.cohort, 0),
    rest: cohortCountsOf(lost ? null : world.sides.rest, 0),
    duplicatesTotal: lost ? null : world.loads.reduce((total, load) => total + load.duplicates, 0),
    command: rolloutCommand(world.scenario, elapsedMs),
    synthetic: false,
  };
  advance(world, 'rollout', { type: 'rollout', id: rollout }, signals, now);
  const { holdStartMs } = rolloutState(world);
  if (holdStartMs !== world.sides.sinceMs) {
    world.sides = { sinceMs: holdStartMs, ...emptySides() };
  }
}

function advance<K extends Kind>(
  world: World,
  kind: K,
  subject: Subject,
  signals: SignalsOf<K>,
  now: number,
): DecisionOf<K> {
  const key = `${kind}:${subject.id}`;
  const context = { subject, epoch: world.epoch, policyHash: world.policyHash, correlationId: `tick:${now}` };
  const memory = world.memories.get(key) as unknown as SubjectMemory<K>;
  const advanced = advanceSubject(kind, memory, world.policy, signals, now, context, world.hash);
  world.memories.set(key, advanced.memory as unknown as SubjectMemory<Kind>);
  world.decisions += 1;
  if (advanced.record) world.records.push(advanced.record as unknown as DecisionRecord);
  else if (memory.last) world.repeats.set(memory.last.id, (world.repeats.get(memory.last.id) ?? 0) + 1);
  return advanced.decision;
}

function stateOf<K extends Kind>(world: World, kind: K, id: string): SubjectMemory<K>['state'] {
  return (world.memories.get(`${kind}:${id}`) as unknown as SubjectMemory<K>).state;
}

function rolloutState(world: World): SubjectMemory<'rollout'>['state'] {
  return stateOf(world, 'rollout', world.scenario.rollout ?? '');
}
