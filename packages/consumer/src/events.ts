import type { ClaimedJob } from './claimer-port.ts';

/** How an attempt ended. */
export type FinishOutcome =
  | 'completed'
  /** Failed, and will be tried again after its backoff. */
  | 'retrying'
  /** Failed for good: a dead letter. */
  | 'dead'
  /** Put off: this replica does not know the job's type, or another attempt is at its effect. */
  | 'postponed'
  /** Put back unfinished by a drain; counts no attempt. */
  | 'put_back'
  /** It did not succeed, and was cancelled: it is gone. */
  | 'cancelled'
  /** Another attempt's outcome is the recorded one. */
  | 'late'
  /** Somebody else may run it now; what this attempt did was not recorded. */
  | 'lost_lock'
  /** Redis does not have the job any more. */
  | 'gone'
  /** Redis could not be told; the job's lock will expire and another replica will recover it. */
  | 'abandoned';

/** Why an attempt failed. */
export type FailureReason =
  | 'error'
  | 'permanent'
  | 'timeout'
  | 'invalid_payload'
  | 'unknown_type'
  /** Another attempt is at an effect of `ctx.once`. */
  | 'effect_in_progress'
  /** Nobody knows whether an effect of `ctx.once` happened. */
  | 'effect_unknown'
  /** Replicas died while it ran alone: it is taken for what killed them. */
  | 'poison'
  /** BullMQ had decided before the attempt that the job must fail. */
  | 'deferred';

/** What happens in a replica, for metrics and tests. Payloads, results and error texts are not in it. */
export type ConsumerEvent =
  | {
      readonly event: 'claimed';
      readonly jobs: number;
      readonly durationMs: number;
      /** Workspaces that the claim parked, by reason. */
      readonly parked: Readonly<Partial<Record<string, number>>>;
    }
  | { readonly event: 'started'; readonly job: ClaimedJob }
  | {
      readonly event: 'finished';
      readonly job: ClaimedJob;
      readonly outcome: FinishOutcome;
      readonly reason?: FailureReason;
      /** From the start of the handler to its outcome; absent when it did not run. */
      readonly durationMs?: number;
    }
  /** A lock was found to be lost while the job was in this replica's hands. */
  | { readonly event: 'lock_lost'; readonly job: ClaimedJob }
  | { readonly event: 'stalled'; readonly workspace: string; readonly jobIds: readonly string[] }
  | { readonly event: 'quarantined'; readonly workspace: string; readonly reason: string }
  /** Claimed jobs that the ledger knows to be finished or cancelled: they were taken out of Redis unrun. */
  | { readonly event: 'tidied'; readonly jobs: number }
  /** Claimed jobs that the ledger does not have: another program added them to the queue. */
  | { readonly event: 'foreign'; readonly jobs: number }
  /** A repeated effect got the recorded outcome, and did not run. */
  | { readonly event: 'effect_suppressed'; readonly job: ClaimedJob }
  /** An effect happened more than once, or may have. */
  | { readonly event: 'effect_duplicate'; readonly job: ClaimedJob }
  /** The event loop stood still for longer than from one renewal of the locks to the next. */
  | { readonly event: 'loop_blocked'; readonly durationMs: number }
  | { readonly event: 'claim_failed' };
