/** What an event in the replica counts for. Called for every job: it makes no garbage. */
import { bucketOf } from '@fairlead/core';
import { countIn, type Tally } from '@fairlead/scheduler';
import type { ClaimedJob } from '../claimer-port.ts';
import type { ConsumerEvent } from '../events.ts';
import type { EvidenceKept } from './evidence.ts';

export interface EventCounts {
  readonly tally: Tally;
  readonly evidence: EvidenceKept;
  /** Durations of claims: counts by bucket of core's histograms. */
  readonly claims: Map<number, number>;
  /** Locks lost, in all workspaces. */
  locksLost: number;
}

/** A job that waited for longer is worth a look. */
const SLOW_MS = 60_000;

export function countEvent(event: ConsumerEvent, counts: EventCounts): void {
  const { tally, evidence, claims } = counts;
  switch (event.event) {
    case 'claimed':
      countIn(claims, bucketOf(event.durationMs));
      return;
    case 'started': {
      const { job } = event;
      const counters = tally.of(job.workspace);
      counters.started++;
      // A retry has waited for its backoff: that says nothing of how long jobs wait for a slot.
      if (job.runnableAtMs === undefined) return;
      const waitedMs = job.claimedAtMs - job.runnableAtMs;
      // A stock producer may have written anything.
      if (!Number.isFinite(waitedMs)) return;
      countIn(counters.wait, bucketOf(waitedMs));
      if (waitedMs > SLOW_MS) evidence.keep(job, 'slow');
      return;
    }
    case 'finished':
      countFinished(event, counts);
      return;
    case 'lock_lost':
      countLostLock(event.job, counts);
      return;
    case 'stalled':
      tally.of(event.workspace).stalled += event.jobIds.length;
      return;
    case 'effect_suppressed':
      tally.of(event.job.workspace).suppressed++;
      return;
    case 'effect_duplicate':
      tally.of(event.job.workspace).duplicates++;
      evidence.keep(event.job, 'duplicate');
      return;
    default:
      return;
  }
}

function countFinished(
  { job, outcome, durationMs }: Extract<ConsumerEvent, { event: 'finished' }>,
  counts: EventCounts,
): void {
  const { tally, evidence } = counts;
  switch (outcome) {
    case 'completed':
      tally.of(job.workspace).finished++;
      break;
    case 'dead':
      tally.of(job.workspace).finished++;
      tally.of(job.workspace).dead++;
      evidence.keep(job, 'dead');
      break;
    case 'lost_lock':
      // Found out by the finish; of what a renewal found the replica has been told, and the signal has fired.
      if (!job.signal.aborted) countLostLock(job, counts);
      return;
    case 'late':
      tally.of(job.workspace).late++;
      return;
    case 'retrying':
      break;
    default:
      // It goes on elsewhere, or is gone: nothing ended here.
      return;
  }
  // A dead letter without a run had no attempt.
  if (durationMs === undefined) return;
  const counters = tally.of(job.workspace);
  if (outcome !== 'completed') counters.failed++;
  countIn(counters.run, bucketOf(durationMs));
}

function countLostLock({ workspace }: ClaimedJob, counts: EventCounts): void {
  counts.locksLost++;
  counts.tally.of(workspace).lostLocks++;
}
