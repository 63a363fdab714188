/** Why an attempt's signal aborted. */
export type AbortCause =
  /** The attempt has failed: it ran for longer than it may. */
  | 'timeout'
  /** Another replica may run the job now: stop, nothing that this attempt returns will be recorded. */
  | 'lost_lock'
  /** Somebody cancelled the job: whatever becomes of this attempt, there will be no other. */
  | 'cancelled'
  /** The replica's drain is at its deadline: the job goes back and counts no attempt. */
  | 'shutdown';

const MESSAGES: Record<AbortCause, string> = {
  timeout: 'the attempt ran out of time',
  lost_lock: 'the lock of this job was lost: another replica may run it now',
  cancelled: 'the job was cancelled',
  shutdown: 'this replica is shutting down: the job goes back to its queue',
};

/** The reason of an aborted `ctx.signal`. `cause` tells the cases apart. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
  override readonly cause: AbortCause;

  constructor(cause: AbortCause) {
    super(MESSAGES[cause]);
    this.cause = cause;
  }
}
