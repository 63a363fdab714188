/** Counts of one side of a rollout since its hold window began. Null = not known. */
export interface CohortCounts {
  /** Jobs that were asked to be enqueued, and those of them that could not be. */
  readonly enqueues: number | null;
  readonly enqueueFailures: number | null;
  /** Dispatch windows that were dispatched twice. */
  readonly duplicateDispatches: number | null;
  /** Jobs that ended (succeeded or dead), and those of them that ended dead. */
  readonly finished: number | null;
  readonly dead: number | null;
  /** p95 of the time jobs waited, ms. */
  readonly queueAgeP95Ms: number | null;
}

/** An operator's order. Taken once. */
export interface RolloutCommand {
  /** Rises with each order. */
  readonly number: number;
  readonly order: 'start' | 'pause' | 'resume' | 'abort';
  readonly actor: string;
}

/** What one rollout decision looks at. */
export interface RolloutSignals {
  /** When the counts below began, ms: the state's `holdStartMs`, or they are not those of this hold. */
  readonly countedSinceMs: number | null;
  readonly cohort: CohortCounts;
  readonly rest: CohortCounts;
  /** Running total of duplicate sends, cluster-wide: any of them stops every rollout. Null = not known. */
  readonly duplicatesTotal: number | null;
  readonly command: RolloutCommand | null;
  /** An exercise has a hand in it: a signal is injected, or one that was is still felt. */
  readonly synthetic: boolean;
}
