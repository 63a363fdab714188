/** How the cluster itself is: what the replicas' reports of one tick say together. */
import {
  type ContentionSample,
  EMPTY_HISTOGRAM,
  type Histogram,
  mergeHistograms,
  quantileOf,
} from '@fairlead/core';
import type { Report } from '@fairlead/scheduler';

/** The part of the sample that replicas measure. Null where none did. */
export type ReplicaSample = Omit<ContentionSample, 'ledgerLagMs' | 'redisMemoryBp'>;

export interface Vitals {
  add(atMs: number, report: Report): void;
  /** Of the reports since `sinceMs`; the next sample begins anew. */
  take(sinceMs: number): ReplicaSample;
}

interface Told {
  readonly atMs: number;
  readonly report: Report;
  readonly stalled: number;
  readonly started: number;
}

export const NOTHING_TOLD: ReplicaSample = Object.freeze({
  claimP95Ms: null,
  locksLost: null,
  runningJobs: null,
  stalledJobs: null,
  startedJobs: null,
  eventLoopP99Ms: null,
});

export function createVitals(): Vitals {
  let told: Told[] = [];
  return {
    add(atMs, report) {
      if (report.kind !== 'consumer') return;
      let [stalled, started] = [0, 0];
      for (const counts of report.counts.values()) {
        stalled += counts.stalled;
        started += counts.started;
      }
      told.push({ atMs, report, stalled, started });
    },
    take(sinceMs) {
      const recent = told.filter(({ atMs }) => atMs >= sinceMs);
      told = [];
      return recent.length === 0 ? NOTHING_TOLD : sampleOf(recent);
    },
  };
}

function sampleOf(told: readonly Told[]): ReplicaSample {
  let claims: Histogram = EMPTY_HISTOGRAM;
  const running = new Map<string, number>();
  const sample = { locksLost: 0, stalledJobs: 0, startedJobs: 0, eventLoopP99Ms: 0 };
  for (const { report, stalled, started } of told) {
    sample.stalledJobs += stalled;
    sample.startedJobs += started;
    const { vitals } = report;
    if (vitals === undefined) continue;
    claims = mergeHistograms(claims, vitals.claims);
    sample.locksLost += vitals.locksLost;
    sample.eventLoopP99Ms = Math.max(sample.eventLoopP99Ms, Math.round(vitals.eventLoopP99Ms));
    // The most that ran at a time: what was lost is a share of that.
    running.set(report.reporter, Math.max(running.get(report.reporter) ?? 0, vitals.running));
  }
  return {
    ...sample,
    claimP95Ms: quantileOf(claims, 9_500).valueMs,
    runningJobs: [...running.values()].reduce((sum, jobs) => sum + jobs, 0),
  };
}
