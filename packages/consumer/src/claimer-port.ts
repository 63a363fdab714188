/**
 * What the replica needs of a claimer, and no more. `@fairlead/scheduler` has the real one; unit tests
 * have one in memory.
 */

/** A job in the hands of this replica, under a lock that the claimer renews. */
export interface ClaimedJob {
  readonly workspace: string;
  readonly id: string;
  readonly type: string;
  /** Parsed when it is first read: reading it may throw. */
  readonly payload: unknown;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number | undefined;
  readonly createdAtMs: number;
  /** When it was first allowed to run, its delay included; undefined for a retry. */
  readonly runnableAtMs: number | undefined;
  /** Redis' time of the claim. */
  readonly claimedAtMs: number;
  /** BullMQ decided earlier that this job must fail, with this reason. */
  readonly deferredFailure: string | undefined;
  /** Redis' time at which it was first postponed because nobody knew its type. */
  readonly unknownSinceMs: number | undefined;
  /** Aborts when the lock is lost, or the job was cancelled. */
  readonly signal: AbortSignal;
  readonly cancelled: boolean;
  /** How often it was taken from a replica that had died, or seemed to. */
  readonly stalledCount: number;
  /** Whether it is what killed them: deaths in runs that it began alone say so. */
  readonly poison: boolean;
  /** Whether a ledger has this job. */
  readonly recorded: boolean;
  /** The W3C traceparent of the span that sent it. Parsed when it is read. */
  readonly traceparent: string | undefined;
}

export type ClaimAnswer =
  | {
      readonly outcome: 'claimed';
      readonly jobs: readonly ClaimedJob[];
      readonly moreRunnable: boolean;
      /** When work will be due that nobody announces; undefined for never. */
      readonly dueInMs: number | undefined;
      readonly parked: Readonly<Partial<Record<string, number>>>;
    }
  | { readonly outcome: 'no_generation' };

export type SettleOutcome =
  | { readonly outcome: 'settled' }
  | { readonly outcome: 'retrying'; readonly delayMs: number }
  | { readonly outcome: 'dead' }
  /** Another attempt's outcome is the recorded one; this one changed nothing. */
  | { readonly outcome: 'late' }
  | { readonly outcome: 'lost_lock' }
  | { readonly outcome: 'gone' };

export interface FailOptions {
  readonly retry: boolean;
  /** The job's backoff may wait longer, but not less. */
  readonly leastDelayMs?: number;
}

export interface Claimer {
  start(): Promise<void>;
  claim(maxJobs: number): Promise<ClaimAnswer>;
  /**
   * Which of the claimed jobs may run here; the others are seen to. Rejects when nobody could tell: then all of them
   * have been put back.
   */
  screen(jobs: readonly ClaimedJob[]): Promise<readonly ClaimedJob[]>;
  waitForWork(maxWaitMs: number): Promise<void>;
  /** Wakes another replica in place of this one, which was woken and is full. Never rejects. */
  passOn(): Promise<void>;
  /** Ends a blocked `waitForWork` for good. */
  interrupt(): void;
  /** No more claims will come: what is settled from now on wakes other replicas. */
  drain(): void;
  /** Notes that the job starts now, alone in this replica. False when its lock is lost: it must not start. */
  noteAlone(job: ClaimedJob): Promise<boolean>;
  complete(job: ClaimedJob, result: unknown): Promise<SettleOutcome>;
  /** Takes the job out of its queue without a result. */
  discard(job: ClaimedJob): Promise<SettleOutcome>;
  fail(job: ClaimedJob, error: Error, options: FailOptions): Promise<SettleOutcome>;
  postpone(job: ClaimedJob, delayMs: number, mark?: Readonly<Record<string, string>>): Promise<SettleOutcome>;
  progress(job: ClaimedJob, value: unknown): Promise<void>;
  log(job: ClaimedJob, line: string): Promise<void>;
  stop(): Promise<void>;
}

/** A claimer that asks nobody which jobs may run, as the scheduler's own. */
export type BareClaimer = Omit<Claimer, 'screen'>;
