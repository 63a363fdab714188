/**
 * A cluster to decide on: every workspace may be promoted and finishes a job in every tick, their windows begin evenly
 * spread over one window's time, and one in a hundred is held back now and then. What a tick is given is made of constants,
 * because where signals come from is not measured here; that a window is due is found out as a controller does.
 */
import { hash } from 'node:crypto';
import {
  type AutoscaleSignals,
  advanceSubject,
  type BackpressureSignals,
  type ContentionSample,
  canonicalText,
  DEFAULT_POLICY,
  type DecisionRecord,
  INITIAL_BACKPRESSURE,
  initialAutoscale,
  initialPromotion,
  isSettled,
  isWindowDue,
  type Kind,
  NO_COUNTS,
  openWindow,
  type PromotionSignals,
  policyHash,
  type StateOf,
  type Subject,
  type SubjectMemory,
  type WorkspaceCounts,
} from '@fairlead/core';
import type { ControlReading, Counts, Fence, TickToWrite } from '@fairlead/ledger';

const TICK_MS = 15_000;
export const TICKS_PER_WINDOW = DEFAULT_POLICY.promotion.windowMs / TICK_MS;
const START_MS = 1_767_225_600_000;
/** Ticks under pressure, and then as many without. */
const PRESSED_TICKS = 8;

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');
const POLICY_HASH = policyHash(DEFAULT_POLICY, sha256);
const POLICIES = new Map([[POLICY_HASH, DEFAULT_POLICY]]);

/** What a leader has in memory. All of a workspace is in one place: a tick walks along a list and looks nothing up. */
export interface Leader {
  tick: number;
  counts: Counts;
  readonly workspaces: readonly WorkspaceMemory[];
  readonly cluster: {
    autoscale: SubjectMemory<'autoscale'>;
    backpressure: SubjectMemory<'backpressure'>;
  };
}

interface WorkspaceMemory {
  readonly subject: Subject;
  promotion: SubjectMemory<'promotion'>;
  backpressure: SubjectMemory<'backpressure'>;
  /** Start of the window that is counted. */
  countedFrom: number | null;
}

/** From a whole reading. */
export function leaderFrom(
  { tick, memories }: ControlReading,
  workspaces: readonly string[],
  counts: Counts,
): Leader {
  if (memories === undefined) throw new Error('a new leader reads everything');
  const kept = <K extends Kind>(kind: K, type: Subject['type'], initial: StateOf<K>) => {
    const remembered = memories.of(kind, type);
    // What is remembered of the last record is all that the engine looks at.
    return (id: string) =>
      ({ ...(remembered.get(id) ?? { state: initial, last: null }) }) as SubjectMemory<K>;
  };
  const promotion = kept('promotion', 'workspace', initialPromotion(DEFAULT_POLICY.promotion));
  const backpressure = kept('backpressure', 'workspace', INITIAL_BACKPRESSURE);
  return {
    tick,
    counts,
    workspaces: workspaces.map((id) => ({
      subject: { type: 'workspace', id },
      promotion: promotion(id),
      backpressure: backpressure(id),
      countedFrom: counts.windows.startsOf(id)[0] ?? null,
    })),
    cluster: {
      autoscale: kept('autoscale', 'cluster', initialAutoscale(DEFAULT_POLICY.autoscale))(CLUSTER.id),
      backpressure: kept('backpressure', 'cluster', INITIAL_BACKPRESSURE)(CLUSTER.id),
    },
  };
}

/** Decides everything for one tick, keeps what follows in memory, and gives what is to be written. */
export function decideTick(leader: Leader, fence: Fence, tick: number): TickToWrite {
  const now = START_MS + tick * TICK_MS;
  const correlationId = `tick:${tick}`;
  const { epoch } = fence;
  const contextOf = (subject: Subject) => ({ epoch, policyHash: POLICY_HASH, correlationId, subject });
  const records: DecisionRecord[] = [];
  for (let index = 0; index < leader.workspaces.length; index++) {
    const workspace = leader.workspaces[index] as WorkspaceMemory;
    // Before its turn in the first window a workspace may not be promoted yet: that spreads the windows.
    if (tick < TICKS_PER_WINDOW && index % TICKS_PER_WINDOW > tick) continue;
    const { promotion, backpressure } = workspace;
    const context = contextOf(workspace.subject);
    if (!isSettled(promotion, QUIET, now, POLICY_HASH)) {
      const signals = promotionSignals(promotion.state, now);
      const quota = advanceSubject('promotion', promotion, DEFAULT_POLICY, signals, now, context, sha256);
      workspace.promotion = quota.memory;
      if (quota.record) records.push(quota.record);
    }
    // Made anew, as it comes from Redis each time.
    const load = { ...(isPressed(index, tick) ? PRESSED : CALM) };
    const door = advanceSubject('backpressure', backpressure, DEFAULT_POLICY, load, now, context, sha256);
    if (door.memory !== backpressure) workspace.backpressure = door.memory;
    if (door.record) records.push(door.record);
  }
  const { cluster } = leader;
  const context = contextOf(CLUSTER);
  const capacity = advanceSubject(
    'autoscale',
    cluster.autoscale,
    DEFAULT_POLICY,
    AUTOSCALE,
    now,
    context,
    sha256,
  );
  if (capacity.record) records.push(capacity.record);
  cluster.autoscale = capacity.memory;
  const door = advanceSubject(
    'backpressure',
    cluster.backpressure,
    DEFAULT_POLICY,
    CALM_CLUSTER,
    now,
    context,
    sha256,
  );
  if (door.record) records.push(door.record);
  cluster.backpressure = door.memory;
  return { after: leader.tick, correlationId, fence, records, policies: POLICIES };
}

/** One job more in each workspace: what a controller counts of its reports until the next tick. */
export function countJobs(leader: Leader, tick: number): void {
  const { windows } = leader.counts;
  for (const [index, workspace] of leader.workspaces.entries()) {
    const { promotion, subject, countedFrom } = workspace;
    const startMs = promotion.state.windowStartMs;
    if (countedFrom !== null && countedFrom !== startMs) windows.drop(subject.id, countedFrom);
    workspace.countedFrom = startMs;
    if (startMs !== null)
      windows.add(subject.id, startMs, ONE_JOB[(index + tick) % ONE_JOB.length] as WorkspaceCounts);
  }
  leader.counts = { ...leader.counts, cursor: `${tick}-0`, head: { tick } };
}

/** A job that waited and ran this or that long; some failed at first. */
const ONE_JOB: readonly WorkspaceCounts[] = Array.from({ length: 30 }, (_, i) => ({
  ...NO_COUNTS,
  ...{ enqueues: 1, started: 1, finished: 1, failed: i % 10 === 0 ? 1 : 0 },
  wait: [20 + ((i * 7) % 15), 1],
  run: [60 + ((i * 11) % 15), 1],
}));

/** @throws Error when what a leader has in memory is not what another one reads */
export function verifySame(mine: Leader, theirs: Leader): void {
  const ends = ({ workspaces, cluster }: Leader) =>
    [
      ...workspaces.flatMap(({ promotion, backpressure }) => [promotion.last, backpressure.last]),
      ...[cluster.autoscale.last, cluster.backpressure.last],
    ].map((last) => last && `${last.id} ${last.hash}`);
  const [written, read] = [ends(mine), ends(theirs)];
  const wrong = written.findIndex((end, index) => end !== read[index]);
  if (wrong >= 0) throw new Error(`written was ${written[wrong]}, read is ${read[wrong]}`);
  const counts = ({ workspaces, counts: { windows } }: Leader) =>
    workspaces.map(({ subject: { id } }) =>
      canonicalText(windows.startsOf(id).map((startMs) => [startMs, windows.get(id, startMs)])),
    );
  const [counted, saved] = [counts(mine), counts(theirs)];
  const lost = counted.findIndex((one, index) => one !== saved[index]);
  if (lost >= 0) throw new Error(`counted was ${counted[lost]}, saved is ${saved[lost]}`);
}

const CLUSTER: Subject = { type: 'cluster', id: 'cluster' };

const QUIET: PromotionSignals = Object.freeze({
  eligible: true,
  duplicatesTotal: 0,
  window: null,
  freeze: null,
  synthetic: false,
});
const COUNTS = {
  finished: 100,
  dead: 0,
  duplicates: 0,
  queueAgeP95Ms: 3_000,
  queueAgeSamples: 100,
  contention: 'ok',
} as const;

function promotionSignals(state: StateOf<'promotion'>, now: number): PromotionSignals {
  if (!isWindowDue(DEFAULT_POLICY.promotion, state, now)) return QUIET;
  const open = openWindow(DEFAULT_POLICY.promotion, state);
  return open === null ? QUIET : { ...QUIET, window: { ...open, ...COUNTS } };
}

function isPressed(index: number, tick: number): boolean {
  return index % 100 === 0 && ((tick + index / 100) / PRESSED_TICKS) % 2 < 1;
}

const PRESSURE = {
  scope: 'workspace',
  maxBacklog: 100_000,
  oldestRunnableMs: 500,
  waitingFor: null,
  synthetic: false,
} as const;
const CALM: BackpressureSignals = { ...PRESSURE, backlog: 200 };
const PRESSED: BackpressureSignals = { ...PRESSURE, backlog: 80_000 };
const CALM_CLUSTER: BackpressureSignals = {
  scope: 'cluster',
  redisMemoryBp: 3_000,
  contention: 'ok',
  backlog: 10_000_000,
  synthetic: false,
};

const CONTENTION: ContentionSample = {
  claimP95Ms: 5,
  locksLost: 0,
  runningJobs: 9_000,
  stalledJobs: 0,
  startedJobs: 90_000,
  eventLoopP99Ms: 20,
  ledgerLagMs: 100,
  redisMemoryBp: 3_000,
};
const AUTOSCALE: AutoscaleSignals = {
  contention: CONTENTION,
  finished: 90_000,
  dead: 0,
  duplicatesTotal: 0,
  activeWorkspaces: 50_000,
  backlog: 10_000_000,
  runnable: 100_000,
  inFlight: 900,
  pin: null,
  step: null,
  actuator: 'none',
  observedCapacity: null,
  observedReplicas: null,
  synthetic: false,
};
