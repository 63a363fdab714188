/** How large each scenario is played: a conformant system passes at any size, small ones show less. */
import type { TraceJob } from '@fairlead/core';

export interface SkewSizes {
  /** Jobs of the hog, and of each of the light ones. */
  readonly hog: number;
  readonly lights: number;
  readonly each: number;
  readonly slots: number;
  readonly runMs: number;
  /** Of each with the hog and without it, in turn; the median counts. */
  readonly rounds: number;
}

export interface QuotaSizes {
  /** Of each replica. */
  readonly slots: number;
  readonly replicas: number;
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly runMs: number;
  readonly countMs: number;
  /** What a killed replica ran is run again within this. */
  readonly recoverMs: number;
}

export interface TraceSizes {
  readonly jobs: readonly TraceJob[];
  /** So often is each job played. */
  readonly copies: number;
  /** How long a minute of the trace takes. */
  readonly minuteMs: number;
  /** A run of the replay against that of the trace. */
  readonly runScale: number;
  readonly slots: number;
}

export interface Sizes {
  readonly skew: SkewSizes;
  readonly weights: { readonly starts: number; readonly slots: number; readonly runMs: number };
  readonly reweigh: { readonly slots: number; readonly runMs: number };
  readonly trickle: {
    readonly backlog: number;
    readonly jobs: number;
    readonly everyMs: number;
    readonly slots: number;
    readonly runMs: number;
  };
  readonly longHog: {
    readonly longMs: number;
    readonly shortMs: number;
    readonly slots: number;
    /** Until run times are known … */
    readonly learnMs: number;
    /** … and what counts after that. */
    readonly countMs: number;
  };
  readonly quota: QuotaSizes;
  readonly idleCapacity: {
    readonly replicas: number;
    readonly slotsEach: number;
    readonly runMs: number;
    readonly waves: number;
  };
  /** Delays and retries are whole runs: the slack is less than one. */
  readonly order: { readonly runMs: number; readonly slackMs: number };
  readonly allAtQuota: { readonly workspaces: number; readonly countMs: number };
  readonly trace: TraceSizes;
}

/** As the suite is published: some five minutes of real time for one system. */
export function fullSizes(jobs: readonly TraceJob[]): Sizes {
  return {
    skew: { hog: 100_000, lights: 99, each: 100, slots: 64, runMs: 5, rounds: 3 },
    weights: { starts: 10_000, slots: 64, runMs: 1 },
    reweigh: { slots: 16, runMs: 5 },
    trickle: { backlog: 50_000, jobs: 60, everyMs: 1_000, slots: 64, runMs: 200 },
    longHog: { longMs: 5_000, shortMs: 50, slots: 16, learnMs: 15_000, countMs: 60_000 },
    quota: {
      slots: 8,
      replicas: 8,
      concurrency: 24,
      ratePerSecond: 50,
      burst: 20,
      runMs: 200,
      countMs: 20_000,
      recoverMs: 5_000,
    },
    idleCapacity: { replicas: 4, slotsEach: 2, runMs: 1_000, waves: 8 },
    order: { runMs: 200, slackMs: 50 },
    allAtQuota: { workspaces: 100, countMs: 10_000 },
    trace: { jobs, copies: 200, minuteMs: 2_000, runScale: 1 / 1_000, slots: 64 },
  };
}

/** To see in some twenty seconds of real time that it holds at all. */
export function quickSizes(jobs: readonly TraceJob[]): Sizes {
  return {
    skew: { hog: 5_000, lights: 24, each: 30, slots: 16, runMs: 5, rounds: 1 },
    weights: { starts: 3_000, slots: 64, runMs: 1 },
    reweigh: { slots: 8, runMs: 2 },
    trickle: { backlog: 1_000, jobs: 12, everyMs: 100, slots: 16, runMs: 50 },
    longHog: { longMs: 600, shortMs: 30, slots: 8, learnMs: 600, countMs: 2_400 },
    quota: {
      slots: 4,
      replicas: 8,
      concurrency: 12,
      ratePerSecond: 40,
      burst: 10,
      runMs: 100,
      countMs: 2_000,
      recoverMs: 2_000,
    },
    idleCapacity: { replicas: 2, slotsEach: 2, runMs: 200, waves: 3 },
    order: { runMs: 80, slackMs: 50 },
    allAtQuota: { workspaces: 20, countMs: 2_000 },
    trace: { jobs: firstMinutes(jobs, 5), copies: 60, minuteMs: 500, runScale: 1 / 4_000, slots: 32 },
  };
}

function firstMinutes(jobs: readonly TraceJob[], minutes: number): TraceJob[] {
  return jobs.filter(({ atMs }) => atMs < minutes * 60_000);
}
