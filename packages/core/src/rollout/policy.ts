/** How a change reaches workspaces: 5 % → 25 % → 100 %, and what stops it. */
export interface RolloutPolicy {
  /** Shares of workspaces, basis points, rising; the last is everybody. */
  readonly stagesBp: readonly number[];
  /** How long a stage is held and its counts gathered, ms. */
  readonly holdMs: number;
  /** Finished jobs of the cohort that a stage needs to pass. */
  readonly minFinished: number;
  /** Enqueue failures of the cohort stop above this share of its enqueues, basis points … */
  readonly stopEnqueueFailureBp: number;
  /** … and from this many. */
  readonly stopEnqueueFailures: number;
  /** Queue-age p95 of the cohort stops above this, ms … */
  readonly stopQueueAgeMs: number;
  /** … and above so many times that of the rest. */
  readonly stopQueueAgeTimes: number;
  /** A failure rate of the cohort this much above that of the rest stops, basis points. */
  readonly stopFailurePointsBp: number;
  /** Finished jobs of the cohort below which its failure rate and queue age stop nothing: one dead job of one is 100 %. */
  readonly stopMinFinished: number;
}

export const DEFAULT_ROLLOUT_POLICY: RolloutPolicy = {
  stagesBp: [500, 2_500, 10_000],
  holdMs: 1_800_000,
  minFinished: 100,
  stopEnqueueFailureBp: 100,
  stopEnqueueFailures: 3,
  stopQueueAgeMs: 60_000,
  stopQueueAgeTimes: 2,
  stopFailurePointsBp: 200,
  stopMinFinished: 20,
};
