import { type ContentionState, INITIAL_CONTENTION } from '../contention/contention.ts';
import type { AutoscalePolicy } from './policy.ts';

/** The largest need seen in one tenth of the need window. */
export interface NeedBucket {
  readonly startMs: number;
  readonly need: number;
}

/** What autoscaling remembers between ticks; one row for the cluster. */
export interface AutoscaleState {
  readonly capacity: number;
  readonly replicas: number;
  readonly contention: ContentionState;
  /** The last change of capacity, ms. */
  readonly changedAtMs: number | null;
  /** The last guardrail step, ms. */
  readonly stepDownAtMs: number | null;
  /** Since when the target has been below capacity, ms. */
  readonly belowSinceMs: number | null;
  /** The capacity before the pin that is in force; null = none is. */
  readonly beforePin: number | null;
  /** Number of the last operator step taken. */
  readonly stepNumber: number;
  readonly duplicatesSeen: number | null;
  /** End of the stop that a duplicate send began, ms. */
  readonly stopUntilMs: number | null;
  /** Largest needs of the need window, oldest first, none of them 0. */
  readonly needs: readonly NeedBucket[];
}

/** A cluster that was never decided on: at the floor, and nothing known against it. */
export function initialAutoscale(policy: AutoscalePolicy, capacity = policy.floor): AutoscaleState {
  return {
    capacity: policy.cap === null ? capacity : Math.min(policy.cap, capacity),
    replicas: policy.minReplicas,
    contention: INITIAL_CONTENTION,
    changedAtMs: null,
    stepDownAtMs: null,
    belowSinceMs: null,
    beforePin: null,
    stepNumber: 0,
    duplicatesSeen: null,
    stopUntilMs: null,
    needs: [],
  };
}
