import { LEVELS } from '@fairlead/core';
import type { Meter } from '@opentelemetry/api';
import { CALL_SECONDS } from './buckets.ts';

/** How long a scrape waits for a gauge that has to ask Redis. */
const ASK_MS = 500;

export interface DispatcherMetrics {
  /** Jobs that are durable: confirmed by the ledger, or by Redis where there is none. */
  accepted(jobs: number): void;
  /** Jobs that were accepted before under the same key: answered again and not added. */
  repeated(jobs: number): void;
  /** Jobs that were refused, by the code of the problem. */
  rejected(code: string, jobs: number): void;
  /** Jobs that backpressure refused; `rejected` counts them too, by their code. */
  heldBack(pressure: { scope: 'cluster' | 'workspace'; reason: string }, jobs: number): void;
  /**
   * Redis has confirmed what was accepted this long ago: `direct` for a request whose jobs were added before its answer,
   * `relay` for a job that was added later because that failed.
   */
  queued(way: 'direct' | 'relay', seconds: number): void;
  /** Redis had lost its generation and got the settings of all workspaces again. */
  restored(): void;
  /** Asks for the cluster's workspaces by state whenever metrics are collected; without an answer in time they are NaN. */
  observe(totals: () => Promise<WorkspaceTotals>): void;
  /** Reads the audit's lag whenever metrics are collected; undefined, where another dispatcher does the audit, is NaN. */
  observeAudit(lagSeconds: () => number | undefined): void;
  /** Reads the levels that this dispatcher goes by whenever metrics are collected. */
  observePressure(levels: () => PressureLevels): void;
}

export interface PressureLevels {
  /** Of the cluster. */
  readonly cluster: 'none' | 'soft' | 'hard';
  /** How many workspaces have it. */
  readonly soft: number;
  readonly hard: number;
}

export interface WorkspaceTotals {
  readonly known: number;
  readonly ready: number;
  readonly parked: number;
  readonly busy: number;
}

const WORKSPACE_STATES = ['known', 'ready', 'parked', 'busy'] as const satisfies (keyof WorkspaceTotals)[];
const WAYS = { direct: { way: 'direct' }, relay: { way: 'relay' } } as const;

/** The recorder of a dispatcher. */
export function dispatcherMetrics(meter: Meter): DispatcherMetrics {
  const accepted = meter.createCounter('fairlead.jobs.accepted', {
    unit: '{job}',
    description: 'Jobs accepted: durable in the ledger, or in Redis where there is none',
  });
  const repeated = meter.createCounter('fairlead.jobs.repeated', {
    unit: '{job}',
    description: 'Jobs accepted before under the same key: answered again and not added',
  });
  const rejected = meter.createCounter('fairlead.jobs.rejected', {
    unit: '{job}',
    description: 'Jobs refused, by the code of the problem',
  });
  const heldBack = meter.createCounter('fairlead.backpressure.refusals', {
    unit: '{job}',
    description: 'Jobs refused by backpressure, by whose it is and its reason',
  });
  const latency = meter.createHistogram('fairlead.dispatch.latency.seconds', {
    unit: 's',
    description: 'From when a job was accepted to its confirmation by Redis; later due times are not in it',
    advice: { explicitBucketBoundaries: CALL_SECONDS },
  });
  const restored = meter.createCounter('fairlead.settings.restored', {
    unit: '{restore}',
    description: 'Times Redis was found empty and got the settings of all workspaces again',
  });
  const workspaces = meter.createObservableGauge('fairlead.workspaces', {
    unit: '{workspace}',
    description:
      'Workspaces of the cluster: known, ready (may have runnable work), parked, busy (jobs in flight)',
  });
  const auditLag = meter.createObservableGauge('fairlead.audit.lag.seconds', {
    unit: 's',
    description:
      'Since the audit began its last whole pass over the queued jobs: what Redis lost before that was found',
  });
  const clusterLevel = meter.createObservableGauge('fairlead.backpressure.cluster.level', {
    unit: '1',
    description: 'Backpressure of the cluster as this dispatcher has heard of it: 0 none, 1 soft, 2 hard',
  });
  const pressed = meter.createObservableGauge('fairlead.backpressure.workspaces', {
    unit: '{workspace}',
    description: 'Workspaces with a level of backpressure, as this dispatcher has heard of them',
  });
  // There from the start, so that a first restore is seen as a change.
  restored.add(0);
  return {
    accepted: (jobs) => accepted.add(jobs),
    repeated: (jobs) => repeated.add(jobs),
    rejected: (code, jobs) => rejected.add(jobs, { code }),
    heldBack: ({ scope, reason }, jobs) => heldBack.add(jobs, { scope, reason }),
    queued: (way, seconds) => latency.record(seconds, WAYS[way]),
    restored: () => restored.add(1),
    observe(totals) {
      workspaces.addCallback(async (result) => {
        const counts = await inTime(totals);
        // NaN, because a state that is not observed would keep its last value in every later scrape.
        for (const state of WORKSPACE_STATES) result.observe(counts?.[state] ?? Number.NaN, { state });
      });
    },
    observeAudit(lagSeconds) {
      auditLag.addCallback((result) => result.observe(lagSeconds() ?? Number.NaN));
    },
    observePressure(levels) {
      clusterLevel.addCallback((result) => result.observe(LEVELS.indexOf(levels().cluster)));
      pressed.addCallback((result) => {
        const { soft, hard } = levels();
        result.observe(soft, { level: 'soft' });
        result.observe(hard, { level: 'hard' });
      });
    },
  };
}

/** A scrape must not hang on a Redis that does. */
async function inTime<T>(ask: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ASK_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
