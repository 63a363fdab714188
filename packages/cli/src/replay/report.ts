/** What a replay has shown: minute by minute, by tenant, and in all. */
import {
  isHeavyMinute,
  type MinuteOfService,
  minuteReport,
  nearestRank,
  type WorkspaceTimes,
} from '@fairlead/core';
import type { Plan } from './plan.ts';

export interface Waits {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export interface Totals {
  /** Of the trace. */
  readonly jobs: number;
  readonly tenants: number;
  readonly started: number;
  /** From accepted to started, ms. */
  readonly waitMs: Waits;
  /** Of all starts, those of the tenant who had most. */
  readonly topShare: number;
  /** Jain's index: mean and least over the heavy minutes; null when there is none. */
  readonly jain: { readonly mean: number; readonly least: number; readonly minutes: number } | null;
}

/** What became of the jobs, where the cluster ran them. */
export interface Cluster {
  readonly speed: number;
  readonly type: string;
  readonly accepted: number;
  readonly refused: number;
  readonly succeeded: number;
  readonly dead: number;
  readonly cancelled: number;
  readonly unfinished: number;
  readonly lost: number;
  /** The latest job was handed in so long after its time. */
  readonly lateMs: number;
}

export interface ReplayReport {
  readonly trace: string;
  readonly model: { readonly slots: number } | null;
  readonly cluster: Cluster | null;
  readonly totals: Totals;
  readonly minutes: readonly MinuteOfService[];
  readonly tenants: readonly {
    readonly tenant: string;
    readonly workspace: string;
    readonly weight: number;
    readonly started: number;
    readonly waitMs: Waits;
  }[];
}

export function reportOf(
  trace: string,
  { jobs, tenants, minuteMs }: Plan,
  times: readonly WorkspaceTimes[],
  where: Pick<ReplayReport, 'model' | 'cluster'>,
): ReplayReport {
  const minutes = minuteReport(times, minuteMs);
  const indexes = minutes.flatMap((minute) => (isHeavyMinute(minute) ? (minute.jain ?? []) : []));
  const started = times.reduce((sum, one) => sum + one.jobs.length, 0);
  const most = times.reduce((highest, one) => Math.max(highest, one.jobs.length), 0);
  return {
    trace,
    ...where,
    totals: {
      jobs: jobs.length,
      tenants: tenants.size,
      started,
      waitMs: waitsOf(times),
      topShare: started === 0 ? 0 : most / started,
      jain:
        indexes.length === 0
          ? null
          : {
              mean: indexes.reduce((sum, index) => sum + index, 0) / indexes.length,
              least: Math.min(...indexes),
              minutes: indexes.length,
            },
    },
    minutes,
    tenants: times.map((one) => ({
      tenant: tenants.get(one.name) ?? one.name,
      workspace: one.name,
      weight: one.weight,
      started: one.jobs.length,
      waitMs: waitsOf([one]),
    })),
  };
}

function waitsOf(times: readonly WorkspaceTimes[]): Waits {
  const waits = times
    .flatMap(({ jobs }) => jobs.map(({ createdAtMs, startedAtMs }) => Math.max(0, startedAtMs - createdAtMs)))
    .sort((a, b) => a - b);
  return {
    p50: nearestRank(waits, 0.5),
    p95: nearestRank(waits, 0.95),
    p99: nearestRank(waits, 0.99),
    most: waits.at(-1) ?? 0,
  };
}
