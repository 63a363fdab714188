/**
 * Fires schedules: each occurrence becomes a job of the ledger, accepted under the key of its schedule and due time.
 *
 * So it is accepted once, whoever fires it and however often: by a dispatcher that died before the schedule moved on,
 * or by one that was frozen beside its successor. What is accepted survives the loss of Redis like any other job; adding
 * it here only saves it the wait for the relay.
 */
import type { Loop } from '@fairlead/http';
import type { Jobs, Schedules } from '@fairlead/ledger';
import type { Producer } from '@fairlead/scheduler';
import type { SendSpan } from '../send-span.ts';
import { addAgain } from './add-again.ts';
import { createLeasedLoop, type LeasedLoopParts } from './leased-loop.ts';

export interface SchedulerLoopParts extends Pick<LeasedLoopParts, 'leases' | 'holder' | 'logger'> {
  readonly schedules: Pick<Schedules, 'fireDue'>;
  readonly jobs: Pick<Jobs, 'jobsToAdd' | 'markQueued' | 'relayNow'>;
  readonly producer: Producer;
  readonly admission: { holdsBack(): boolean };
  /** Operators may hold all schedules; what comes due meanwhile is missed, and follows each schedule's policy. */
  readonly isHeld: () => Promise<boolean>;
  readonly now: () => number;
  /** Absent: without spans. */
  readonly sendSpan?: SendSpan | undefined;
  readonly everyMs?: number;
}

/** A cron expression may name seconds. */
const EVERY_MS = 500;
const LEASE_MS = 10_000;
const LIMIT = 200;

export function createSchedulerLoop(parts: SchedulerLoopParts): Loop {
  const {
    schedules,
    jobs,
    producer,
    admission,
    isHeld,
    logger,
    now,
    sendSpan,
    leases,
    holder,
    everyMs = EVERY_MS,
  } = parts;

  async function addToRedis(ids: readonly string[]): Promise<void> {
    // The relay knows when there is room again.
    if (admission.holdsBack()) return;
    try {
      const accepted = await jobs.jobsToAdd(ids);
      const added = await addAgain(producer, accepted, now());
      await jobs.markQueued(added);
      if (added.length < accepted.length) throw new Error('Redis refused some of them');
    } catch (error) {
      logger.warn({ jobs: ids.length, reason: (error as Error).message }, 'fired jobs are left to the relay');
      await jobs.relayNow(ids).catch(() => {});
    }
  }

  return createLeasedLoop({
    leases,
    holder,
    logger,
    everyMs,
    lease: 'schedules',
    leaseMs: LEASE_MS,
    what: 'the firing of schedules',
    async round(fence) {
      if (await isHeld()) return 'wait';
      const fired = await schedules.fireDue({ limit: LIMIT, fence, sendScheduled: sendSpan });
      const ids = fired.flatMap(({ answer }) => (answer.outcome === 'accepted' ? answer.id : []));
      if (ids.length > 0) await addToRedis(ids);
      return fired.length >= LIMIT ? 'again' : 'wait';
    },
  });
}
