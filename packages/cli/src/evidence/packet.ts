/**
 * The go/no-go packet: what happened in the cluster during a run, in one document that whoever decides can read and
 * whoever doubts can recompute. Times are ISO 8601 in UTC, durations milliseconds. What could not be measured is null.
 */
import type { Difference, MinuteOfService } from '@fairlead/core';

export interface Packet {
  readonly verdict: 'go' | 'no-go' | 'inconclusive';
  /** What speaks against it, or keeps it from being said. */
  readonly why: readonly Finding[];
  /** What one should know besides. */
  readonly notes: readonly string[];
  readonly run: { readonly since: string; readonly until: string; readonly engine: number };
  /** Null: the audit could not be read. */
  readonly configuration: readonly ConfigurationChange[] | null;
  readonly jobs: JobOutcomes;
  readonly fairness: Fairness;
  readonly dispatch: DispatchOutcomes;
  readonly decisions: DecisionsTaken;
}

/** What a subject was before the run's first change and after its last. */
export interface ConfigurationChange {
  readonly subject: string;
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  readonly actors: readonly string[];
  readonly changes: number;
  readonly lastAt: string;
}

/** Of the jobs that were accepted in the run. */
export interface JobOutcomes {
  readonly accepted: number;
  readonly succeeded: number;
  readonly dead: number;
  readonly cancelled: number;
  readonly unfinished: number;
  /** False: there were more than are looked at. */
  readonly isWhole: boolean;
  /** From when a job could run to the start of its only attempt; null of none. */
  readonly waitMs: { readonly p50: number; readonly p95: number } | null;
}

export interface Fairness {
  /** Minutes in which enough was started for all who waited throughout. */
  readonly heavyMinutes: readonly MinuteOfService[];
  /** Jain's index over them, 1 is even. */
  readonly jain: { readonly mean: number; readonly least: number } | null;
  /** Workspaces that wait by their owner's wish, and are not compared. */
  readonly leftOut: number;
}

export interface DispatchOutcomes {
  readonly windows: readonly {
    readonly source: string;
    readonly enqueued: number;
    readonly inline: number;
    readonly failed: number;
    readonly open: number;
  }[];
}

export interface DecisionsTaken {
  readonly byReason: readonly {
    readonly kind: string;
    readonly reasonCode: string;
    readonly recorded: number;
    /** For how many ticks they stood. */
    readonly ticks: number;
    readonly synthetic: number;
  }[];
  readonly verified: { readonly recomputed: number; readonly differences: readonly Difference[] };
  /** Whether somebody leads now. */
  readonly isLed: boolean;
}

export interface Finding {
  /** Stable: scripts may match on it. */
  readonly code: NoGo | Inconclusive;
  readonly words: string;
}

/** What crossed a line. */
export type NoGo =
  | 'decisions_broken'
  | 'duplicate_send'
  | 'guardrail_step_down'
  | 'rollout_stopped'
  | 'cluster_blocked'
  | 'failure_rate'
  | 'unfair'
  | 'dispatch_failures';

/** What was not measured, or too little of it. */
export type Inconclusive =
  | 'too_few_jobs'
  | 'jobs_not_whole'
  | 'no_heavy_minute'
  | 'signal_missing'
  | 'nobody_leads'
  | 'audit_unknown';
