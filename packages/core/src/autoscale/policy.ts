import { type ContentionPolicy, DEFAULT_CONTENTION_POLICY } from '../contention/contention.ts';

/** How capacity follows demand and health. Capacity = jobs that may run at once in the whole cluster. */
export interface AutoscalePolicy {
  /** Capacity below which only an operator's pin goes, jobs. */
  readonly floor: number;
  /** Capacity above which nothing goes, jobs; null = no cap. */
  readonly cap: number | null;
  /** Capacity that one active workspace asks for, jobs. */
  readonly perActiveWorkspace: number;
  /** Largest raise in one ramp window, jobs. */
  readonly rampStep: number;
  /** At most one raise in this time, counted from the last change of any kind, ms. */
  readonly rampWindowMs: number;
  /** What a guardrail step leaves of capacity, basis points. */
  readonly stepDownToBp: number;
  /** At most one guardrail step in this time, and no other change, ms. */
  readonly cooldownMs: number;
  /** How long the target must stay below capacity before capacity follows it down, ms. */
  readonly demandStableMs: number;
  /** How far it then falls in one ramp window, jobs. */
  readonly demandStep: number;
  /** Waiting jobs from which a backlog that cannot start is called quota-bound. */
  readonly quotaBoundBacklog: number;
  /** Jobs that one consumer replica runs at once. */
  readonly slotsPerReplica: number;
  readonly minReplicas: number;
  /** Replicas are enough for the largest need of this time, ms. */
  readonly needWindowMs: number;
  /** Cluster-wide failure rate that is a breach, basis points of finished jobs. */
  readonly failureBreachBp: number;
  /** The time over which that rate is counted, ms. */
  readonly failureWindowMs: number;
  /** Finished jobs below which it is not judged: failures of a handful are no reason to halve a cluster. */
  readonly failureMinFinished: number;
  readonly contention: ContentionPolicy;
}

export const DEFAULT_AUTOSCALE_POLICY: AutoscalePolicy = {
  floor: 1_024,
  cap: null,
  perActiveWorkspace: 64,
  rampStep: 64,
  rampWindowMs: 300_000,
  stepDownToBp: 5_000,
  cooldownMs: 300_000,
  demandStableMs: 600_000,
  demandStep: 64,
  quotaBoundBacklog: 64,
  slotsPerReplica: 256,
  minReplicas: 1,
  needWindowMs: 600_000,
  failureBreachBp: 200,
  failureWindowMs: 300_000,
  failureMinFinished: 20,
  contention: DEFAULT_CONTENTION_POLICY,
};
