/** How the cluster itself is: what the replicas' reports of one tick say together. */
import {
  type ContentionSample,
  EMPTY_HISTOGRAM,
  type Histogram,
  mergeHistograms,
  quantileOf,
} from '@fairlead/core';
import type { ReplicaVitals, Report } from '@fairlead/scheduler';

/** The part of the sample that replicas measure. Null where none did. */
export type ReplicaSample = Omit<ContentionSample, 'ledgerLagMs' | 'redisMemoryBp'>;

export interface Vitals {
  add(atMs: number, report: Report): void;
  /** Of the time from `sinceMs` to `nowMs`; the next sample begins anew. */
  take(sinceMs: number, nowMs: number): ReplicaSample;
}

interface Told {
  readonly atMs: number;
  readonly vitals: ReplicaVitals | undefined;
  readonly stalled: number;
  readonly started: number;
}

interface Last {
  readonly atMs: number;
  readonly vitals: ReplicaVitals;
}

/** A replica that has nothing to count reports every few seconds; one that has said nothing for so long is gone. */
const LIVE_MS = 15_000;
/** Reports have Redis' time, and ticks that of Postgres: what came since the last tick may seem to be from before it. */
const CLOCKS_APART_MS = 5_000;

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
  /** What each replica said last. */
  const last = new Map<string, Last>();
  return {
    add(atMs, { kind, reporter, counts, vitals }) {
      if (kind !== 'consumer') return;
      let [stalled, started] = [0, 0];
      for (const each of counts.values()) {
        stalled += each.stalled;
        started += each.started;
      }
      told.push({ atMs, vitals, stalled, started });
      if (vitals) last.set(reporter, { atMs, vitals });
    },
    take(sinceMs, nowMs) {
      const recent = told.filter(({ atMs }) => atMs >= sinceMs - CLOCKS_APART_MS);
      told = [];
      for (const [reporter, { atMs }] of last)
        if (atMs < nowMs - LIVE_MS && atMs < sinceMs) last.delete(reporter);
      return last.size === 0 ? NOTHING_TOLD : sampleOf(recent, [...last.values()]);
    },
  };
}

function sampleOf(told: readonly Told[], last: readonly Last[]): ReplicaSample {
  let claims: Histogram = EMPTY_HISTOGRAM;
  const sample = { locksLost: 0, runningJobs: 0, stalledJobs: 0, startedJobs: 0, eventLoopP99Ms: 0 };
  const sawLoop = ({ eventLoopP99Ms }: ReplicaVitals) => {
    sample.eventLoopP99Ms = Math.max(sample.eventLoopP99Ms, Math.round(eventLoopP99Ms));
  };
  for (const { stalled, started, vitals } of told) {
    sample.stalledJobs += stalled;
    sample.startedJobs += started;
    if (vitals === undefined) continue;
    claims = mergeHistograms(claims, vitals.claims);
    sample.locksLost += vitals.locksLost;
    sawLoop(vitals);
  }
  for (const { vitals } of last) {
    sample.runningJobs += vitals.running;
    sawLoop(vitals);
  }
  return { ...sample, claimP95Ms: quantileOf(claims, 9_500).valueMs };
}
