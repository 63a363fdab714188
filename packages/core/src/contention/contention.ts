import { isOver } from '../decision/rate.ts';
import type { Reading } from '../decision/reading.ts';

/**
 * Contention: is the cluster itself in trouble? Six measures, each with a line and a memory, because one slow sample
 * is noise and one good sample in the middle of trouble is too:
 *
 *              2 samples in a row over the line
 *        calm ──────────────────────────────────▶ breached
 *             ◀──────────────────────────────────
 *              3 samples in a row under it
 *
 * `run` counts towards the next change and goes back to 0 with the first sample that disagrees. A sample that is
 * missing counts for neither side: a breach stays one, and calm becomes `unknown` until the next sample.
 *
 * Give it one sample a tick. It cannot tell a repeated sample from a new one; the sequence number of the subject does.
 */
export const CONTENTION_MEASURES = [
  'claim_latency',
  'locks_lost',
  'stalled_jobs',
  'event_loop_delay',
  'ledger_lag',
  'redis_memory',
] as const;

export type ContentionMeasure = (typeof CONTENTION_MEASURES)[number];

export interface ContentionPolicy {
  /** p95 of the claim script, ms: over this is contention. */
  readonly claimP95Ms: number;
  /** Lock renewals lost, basis points of running jobs. */
  readonly locksLostBp: number;
  /** Stalled jobs, basis points of started jobs. */
  readonly stalledBp: number;
  /** p99 of the consumers' event-loop delay, ms; the worst replica. */
  readonly eventLoopP99Ms: number;
  /** How far ledger writes are behind, ms. */
  readonly ledgerLagMs: number;
  /** Redis memory in basis points of maxmemory; the worst shard. */
  readonly redisMemoryBp: number;
  /** Samples in a row over the line that make a breach. */
  readonly samplesToBreach: number;
  /** Samples in a row not over it that end one. */
  readonly samplesToClear: number;
}

export const DEFAULT_CONTENTION_POLICY: ContentionPolicy = {
  claimP95Ms: 50,
  locksLostBp: 10,
  stalledBp: 10,
  eventLoopP99Ms: 200,
  ledgerLagMs: 30_000,
  redisMemoryBp: 7_000,
  samplesToBreach: 2,
  samplesToClear: 3,
};

/** One tick's measurements, whole numbers; null = could not be measured. Nothing running or started is 0 of 0: fine. */
export interface ContentionSample {
  readonly claimP95Ms: number | null;
  readonly locksLost: number | null;
  readonly runningJobs: number | null;
  readonly stalledJobs: number | null;
  readonly startedJobs: number | null;
  readonly eventLoopP99Ms: number | null;
  readonly ledgerLagMs: number | null;
  readonly redisMemoryBp: number | null;
}

export interface MeasureState {
  readonly breached: boolean;
  /** Samples in a row that speak for the other side. */
  readonly run: number;
}

export type ContentionState = Readonly<Record<ContentionMeasure, MeasureState>>;

const CALM: MeasureState = Object.freeze({ breached: false, run: 0 });

export const INITIAL_CONTENTION: ContentionState = Object.freeze({
  claim_latency: CALM,
  locks_lost: CALM,
  stalled_jobs: CALM,
  event_loop_delay: CALM,
  ledger_lag: CALM,
  redis_memory: CALM,
});

export interface ContentionSeen {
  readonly reading: Reading;
  /** Which measures are in breach. */
  readonly breaches: readonly ContentionMeasure[];
  /** Which could not be measured. */
  readonly missing: readonly ContentionMeasure[];
  readonly nextState: ContentionState;
}

/** Takes in one sample. */
export function observeContention(
  policy: ContentionPolicy,
  state: ContentionState,
  sample: ContentionSample,
): ContentionSeen {
  const nextState: Record<ContentionMeasure, MeasureState> = { ...state };
  const breaches: ContentionMeasure[] = [];
  const missing: ContentionMeasure[] = [];
  for (const measure of CONTENTION_MEASURES) {
    const over = isOverLine(measure, policy, sample);
    const next = over === null ? state[measure] : follow(policy, state[measure], over);
    nextState[measure] = next;
    if (next.breached) breaches.push(measure);
    else if (over === null) missing.push(measure);
  }
  const reading = breaches.length > 0 ? 'breach' : missing.length > 0 ? 'unknown' : 'ok';
  return { reading, breaches, missing, nextState };
}

function follow(policy: ContentionPolicy, state: MeasureState, over: boolean): MeasureState {
  if (over === state.breached) return state.run === 0 ? state : { breached: state.breached, run: 0 };
  const run = state.run + 1;
  const needed = state.breached ? policy.samplesToClear : policy.samplesToBreach;
  return run >= needed ? { breached: !state.breached, run: 0 } : { breached: state.breached, run };
}

/** Of one sample, without its memory; null: it was not taken. */
export function isOverLine(
  measure: ContentionMeasure,
  policy: ContentionPolicy,
  s: ContentionSample,
): boolean | null {
  switch (measure) {
    case 'claim_latency':
      return above(s.claimP95Ms, policy.claimP95Ms);
    case 'locks_lost':
      return shareAbove(s.locksLost, s.runningJobs, policy.locksLostBp);
    case 'stalled_jobs':
      return shareAbove(s.stalledJobs, s.startedJobs, policy.stalledBp);
    case 'event_loop_delay':
      return above(s.eventLoopP99Ms, policy.eventLoopP99Ms);
    case 'ledger_lag':
      return above(s.ledgerLagMs, policy.ledgerLagMs);
    case 'redis_memory':
      return above(s.redisMemoryBp, policy.redisMemoryBp);
  }
}

function above(value: number | null, line: number): boolean | null {
  return value === null ? null : value > line;
}

function shareAbove(part: number | null, whole: number | null, lineBp: number): boolean | null {
  return part === null || whole === null ? null : isOver(part, whole, lineBp);
}
