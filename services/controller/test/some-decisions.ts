/** Decisions as a controller writes them, without one: the engine's own, on signals that a test makes up. */
import { hash } from 'node:crypto';
import {
  type AutoscaleSignals,
  advanceSubject,
  DEFAULT_POLICY,
  type DecisionRecord,
  INITIAL_ROLLOUT,
  initialAutoscale,
  initialPromotion,
  type Kind,
  policyHash,
  type RolloutSignals,
  type SignalsOf,
  type StateOf,
  type Subject,
  type SubjectMemory,
} from '@fairlead/core';
import type { Fence, Ledger } from '@fairlead/ledger';

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');
export const POLICY_HASH = policyHash(DEFAULT_POLICY, sha256);

export const CALM: AutoscaleSignals = {
  contention: {
    claimP95Ms: 5,
    locksLost: 0,
    runningJobs: 10,
    stalledJobs: 0,
    startedJobs: 10,
    eventLoopP99Ms: 20,
    ledgerLagMs: 100,
    redisMemoryBp: 2_500,
  },
  finished: 1_000,
  dead: 0,
  duplicatesTotal: 0,
  activeWorkspaces: 17,
  backlog: 900,
  runnable: 900,
  inFlight: 300,
  pin: null,
  step: null,
  actuator: 'capacity',
  observedCapacity: 1_024,
  observedReplicas: 2,
  synthetic: false,
};

interface Subjects {
  readonly autoscale?: AutoscaleSignals;
  /** Workspaces whose windows are healthy, and have so many of a hundred jobs dead. */
  readonly promotion?: Readonly<Record<string, number>>;
  readonly rollout?: Readonly<Record<string, Pick<RolloutSignals, 'command'>>>;
}

/** Writes a tick. @throws when it was not written */
export async function writeTick(
  ledger: Pick<Ledger, 'controlStates' | 'decisions'>,
  fence: Fence,
  atMs: number,
  subjects: Subjects,
): Promise<void> {
  const { tick, memories } = await ledger.controlStates.read();
  const correlationId = `tick:${fence.epoch}:${atMs}`;
  const records: DecisionRecord[] = [];

  function decide<K extends Kind>(
    kind: K,
    subject: Subject,
    initial: StateOf<K>,
    signals: (state: StateOf<K>) => SignalsOf<K>,
  ): void {
    const remembered = memories?.of(kind, subject.type).get(subject.id);
    const memory = (remembered ?? { state: initial, last: null }) as SubjectMemory<K>;
    const context = { epoch: fence.epoch, policyHash: POLICY_HASH, correlationId, subject };
    const { record } = advanceSubject(
      kind,
      memory,
      DEFAULT_POLICY,
      signals(memory.state),
      atMs,
      context,
      sha256,
    );
    if (record) records.push(record as DecisionRecord);
  }

  const { autoscale, promotion = {}, rollout = {} } = subjects;
  if (autoscale) {
    const initial = initialAutoscale(DEFAULT_POLICY.autoscale);
    decide('autoscale', { type: 'cluster', id: 'cluster' }, initial, (state) => ({
      ...autoscale,
      observedCapacity: state.capacity,
    }));
  }
  for (const [id, dead] of Object.entries(promotion)) {
    const initial = initialPromotion(DEFAULT_POLICY.promotion);
    decide('promotion', { type: 'workspace', id }, initial, (state) => windowOf(state, dead, atMs));
  }
  for (const [id, { command }] of Object.entries(rollout)) {
    const none = {
      enqueues: 0,
      enqueueFailures: 0,
      duplicateDispatches: 0,
      finished: 0,
      dead: 0,
      queueAgeP95Ms: 0,
    };
    decide('rollout', { type: 'rollout', id }, INITIAL_ROLLOUT, (state) => ({
      countedSinceMs: state.holdStartMs,
      cohort: none,
      rest: none,
      duplicatesTotal: 0,
      command,
      synthetic: false,
    }));
  }
  const policies = new Map([[POLICY_HASH, DEFAULT_POLICY]]);
  const { outcome } = await ledger.decisions.write({ after: tick, correlationId, fence, records, policies });
  if (outcome !== 'written') throw new Error(`the tick was not written: ${outcome}`);
}

function windowOf(state: StateOf<'promotion'>, dead: number, now: number): SignalsOf<'promotion'> {
  const { windowMs } = DEFAULT_POLICY.promotion;
  const startMs = state.windowStartMs;
  const counts = { finished: 100, dead, duplicates: 0, queueAgeP95Ms: 3_000, queueAgeSamples: 100 };
  const isDue = startMs !== null && now >= startMs + windowMs;
  return {
    eligible: true,
    duplicatesTotal: 0,
    window: isDue ? { startMs, endMs: startMs + windowMs, ...counts, contention: 'ok' } : null,
    freeze: null,
    synthetic: false,
  };
}
