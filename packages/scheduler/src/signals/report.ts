import type { Histogram, WorkspaceCounts } from '@fairlead/core';

/** How a replica does. */
export interface ReplicaVitals {
  /** How long the calls took by which it claimed, ms, since the last report. */
  readonly claims: Histogram;
  /** Locks that it lost since the last report. */
  readonly locksLost: number;
  /** Attempts that it runs now. */
  readonly running: number;
  /** How much later than due its event loop comes to its timers: p99 of the last whole quarter of a minute, ms. */
  readonly eventLoopP99Ms: number;
}

/** A job by which something that happened can be looked at. */
export interface Evidence {
  readonly workspace: string;
  readonly what: 'dead' | 'slow' | 'duplicate';
  /** W3C trace context of the job. */
  readonly traceparent: string;
}

export interface Report {
  /** Unique in the cluster. */
  readonly reporter: string;
  /** New for each report, without spaces; the same when one is sent again that may have been taken before. */
  readonly id: string;
  readonly kind: 'consumer' | 'dispatcher';
  /** The most attempts that it could run at once; 0 for dispatchers. */
  readonly slots: number;
  /** It will not claim any more. */
  readonly draining: boolean;
  /** Since the last report; only workspaces in which something happened. */
  readonly counts: ReadonlyMap<string, WorkspaceCounts>;
  /** Undefined for dispatchers, and in all but the first part of a report that was large. */
  readonly vitals: ReplicaVitals | undefined;
  readonly evidence: readonly Evidence[];
}

/** What a reporter is told. */
export interface CapacityAnswer {
  /** Attempts that may run at once in the cluster; undefined when nobody has said so in the last five minutes. */
  readonly capacity: number | undefined;
  /** This replica's part of it; undefined when there is no limit but its own slots. */
  readonly share: number | undefined;
}
