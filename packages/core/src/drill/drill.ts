import type { AutoscaleSignals } from '../autoscale/signals.ts';
import { CONTENTION_MEASURES, type ContentionSample } from '../contention/contention.ts';
import { ONE_IN_BP } from '../decision/rate.ts';

/**
 * Exercises: a signal is said to be other than it is, for a while and on an operator's order, so that people see what
 * the cluster does about it, and practise what they do. Only what is measured is touched, never a decision: what
 * follows is what would follow in earnest, and every record that it had a hand in is marked `synthetic`, also after its
 * end: see the controller's `decide/exercise.ts`.
 */
export const DRILL_SIGNALS = [...CONTENTION_MEASURES, 'failure_rate', 'duplicate_sends'] as const;
export type DrillSignal = (typeof DRILL_SIGNALS)[number];

export interface Drill {
  readonly signal: DrillSignal;
  /**
   * What it is said to be: ms of claim_latency, event_loop_delay and ledger_lag; basis points of locks_lost,
   * stalled_jobs, redis_memory and failure_rate; of duplicate_sends how many there are more. Null: it could not be
   * measured.
   */
  readonly value: number | null;
}

/** A sample with what is drilled put in its place. */
export function injectContention(sample: ContentionSample, drills: readonly Drill[]): ContentionSample {
  if (drills.length === 0) return sample;
  return Object.assign({}, sample, ...drills.map(measured));
}

/** The cluster's signals with what is drilled in their place; the very same object when nothing is. */
export function injectAutoscale(signals: AutoscaleSignals, drills: readonly Drill[]): AutoscaleSignals {
  if (drills.length === 0) return signals;
  const contention = injectContention(signals.contention, drills);
  const counts = drills.map((drill) => counted(signals, drill));
  return Object.assign({}, signals, ...counts, { contention, synthetic: true });
}

function measured({ signal, value }: Drill): Partial<ContentionSample> {
  // A share is said of so many that the basis points are whole jobs.
  const of = value === null ? null : ONE_IN_BP;
  switch (signal) {
    case 'claim_latency':
      return { claimP95Ms: value };
    case 'locks_lost':
      return { locksLost: value, runningJobs: of };
    case 'stalled_jobs':
      return { stalledJobs: value, startedJobs: of };
    case 'event_loop_delay':
      return { eventLoopP99Ms: value };
    case 'ledger_lag':
      return { ledgerLagMs: value };
    case 'redis_memory':
      return { redisMemoryBp: value };
    case 'failure_rate':
    case 'duplicate_sends':
      return {};
  }
}

function counted(
  { duplicatesTotal: total }: AutoscaleSignals,
  { signal, value }: Drill,
): Partial<AutoscaleSignals> {
  if (signal === 'failure_rate') return { finished: value === null ? null : ONE_IN_BP, dead: value };
  if (signal !== 'duplicate_sends') return {};
  return { duplicatesTotal: total === null || value === null ? null : total + value };
}
