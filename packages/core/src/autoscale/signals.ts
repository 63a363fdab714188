import type { ContentionSample } from '../contention/contention.ts';
import type { ActuationSeen } from '../decision/decision.ts';

/** An operator's fixed capacity. It ends by itself. */
export interface Pin {
  /** Jobs at once; clamped to the cap, may be below the floor. */
  readonly capacity: number;
  readonly actor: string;
  readonly expiresAtMs: number;
}

/** An operator's single change. Taken once; void after it expires, or when a pin outlasts it. */
export interface Step {
  /** Rises with each step that is ordered. */
  readonly number: number;
  /** Jobs more (or, negative, fewer); the result is clamped to floor and cap. */
  readonly by: number;
  readonly actor: string;
  readonly expiresAtMs: number;
}

/** What one autoscale decision looks at. Whole numbers; null = not known at this tick. */
export interface AutoscaleSignals {
  readonly contention: ContentionSample;
  /** Jobs that finished (succeeded or dead) in the cluster over the policy's failure window. */
  readonly finished: number | null;
  /** Those of them that ended dead. */
  readonly dead: number | null;
  /** Running total of duplicate sends, cluster-wide. */
  readonly duplicatesTotal: number | null;
  /** Workspaces with runnable work, or with a job finished in the last window. */
  readonly activeWorkspaces: number | null;
  /** Jobs due and not started, in workspaces that no operator has paused. */
  readonly backlog: number | null;
  /** Jobs that more capacity would really start: see `runnableJobsOf`. */
  readonly runnable: number | null;
  /** Jobs running. */
  readonly inFlight: number | null;
  readonly pin: Pin | null;
  readonly step: Step | null;
  /** The actuator in use. */
  readonly actuator: ActuationSeen['kind'];
  /** The capacity that is published. */
  readonly observedCapacity: number | null;
  /** Live consumer replicas. */
  readonly observedReplicas: number | null;
  /** An exercise has a hand in it: a signal is injected, or one that was is still felt. */
  readonly synthetic: boolean;
}
