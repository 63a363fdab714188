import type { Reading } from '../decision/reading.ts';

/** What a workspace's waiting work waits for; null = nothing but its turn. */
export type WaitingFor = 'pause' | 'slots' | 'tokens' | 'capacity' | null;

/** Of one workspace: what is its own doing. Refused with 429. */
export interface WorkspacePressure {
  readonly scope: 'workspace';
  /** Accepted jobs that are due and not started; null = not known. */
  readonly backlog: number | null;
  /** The limit set for them; null = none. */
  readonly maxBacklog: number | null;
  /** How long the oldest runnable job has waited, ms; 0 = there is none, null = not known. */
  readonly oldestRunnableMs: number | null;
  readonly waitingFor: WaitingFor;
  readonly synthetic: boolean;
}

/** Of the cluster: what everybody suffers. Refused with 503. One decision for all, not one for each workspace. */
export interface ClusterPressure {
  readonly scope: 'cluster';
  /** Basis points of maxmemory, the worst shard; null = not known. */
  readonly redisMemoryBp: number | null;
  readonly contention: Reading;
  /** Accepted jobs in the cluster that are due and not started; null = not known. */
  readonly backlog: number | null;
  readonly synthetic: boolean;
}

export type BackpressureSignals = WorkspacePressure | ClusterPressure;
