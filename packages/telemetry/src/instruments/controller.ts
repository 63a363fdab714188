/**
 * What a controller measures of itself and of the cluster.
 *
 * Every controller process shows all gauges, and only the leader knows what they say: elsewhere they are NaN, which
 * `max()` in PromQL passes over. What is counted is counted by whoever did it.
 */
import type { Meter, ObservableGauge } from '@opentelemetry/api';
import { CALL_SECONDS } from './buckets.ts';

export interface ControllerMetrics {
  /** Decisions were recorded; holds that only repeat the one before go to `repeated`. */
  decided(decision: { kind: string; reason: string; action: string }, decisions: number): void;
  /** Holds that were folded into the record before them. */
  repeated(kind: string, decisions: number): void;
  /** A tick is over. `lease_lost`: another leader has taken over, and nothing of it was kept. */
  ticked(outcome: 'done' | 'lease_lost' | 'failed', seconds: number): void;
  /** Reports of replicas that were taken in. */
  reportsRead(reports: number): void;
  /** Reports were trimmed before they were read: what they counted is missing from the windows. */
  reportsLost(): void;
  /** Reads what the last tick of this process saw whenever metrics are collected; undefined: it does not lead. */
  observe(state: () => ControllerSeen | undefined): void;
  /** Reads how old the oldest decision is whose span the collector has not accepted; undefined: spans go nowhere. */
  observeSpanRelay(lagSeconds: () => number | undefined): void;
}

/** null = could not be measured. */
export interface ControllerSeen {
  /** Jobs that may run at once in the cluster, and where that is heading. */
  readonly capacity: number;
  readonly target: number;
  readonly replicasWanted: number;
  readonly replicasRunning: number | null;
  readonly inFlight: number | null;
  /** Jobs that more capacity would start. */
  readonly runnable: number | null;
  /** Jobs due and not started. */
  readonly backlog: number | null;
  readonly clusterPressure: PressureLevel;
  /** Workspaces whose producers are asked to slow down, and those whose are refused. */
  readonly pressedWorkspaces: { readonly soft: number; readonly hard: number };
  readonly promotedWorkspaces: number;
  /** Measures of contention by name: `ratio` of the line (1 = at it), and whether it counts as breached. */
  readonly contention: Iterable<readonly [measure: string, { ratio: number | null; breached: boolean }]>;
  /** Used memory of Redis as a share of its maxmemory, the worst shard. */
  readonly redisMemoryRatio: number | null;
  /** Duplicate sends that the ledger has counted, ever. */
  readonly duplicateSends: number | null;
}

export type PressureLevel = 'none' | 'soft' | 'hard';

const LEVEL_NUMBERS: Readonly<Record<PressureLevel, number>> = { none: 0, soft: 1, hard: 2 };

/** Rare decisions that alerts look for: an increase that begins at nothing is not seen as one. */
const RARE = [
  { kind: 'autoscale', reason: 'guardrail_step_down', action: 'lower' },
  { kind: 'autoscale', reason: 'hold_signal_missing', action: 'hold' },
  { kind: 'promotion', reason: 'gate_open', action: 'raise' },
  { kind: 'promotion', reason: 'demotion_gate_closed', action: 'lower' },
  { kind: 'promotion', reason: 'duplicate_send_immediate_demotion', action: 'lower' },
  ...[
    'stop_enqueue_failures',
    'stop_duplicate_dispatch',
    'stop_queue_lag',
    'stop_error_regression',
    'stop_duplicate_send',
  ].map((reason) => ({ kind: 'rollout', reason, action: 'lower' })),
];

/** The recorder of a controller. */
export function controllerMetrics(meter: Meter): ControllerMetrics {
  const decisions = meter.createCounter('fairlead.decisions', {
    unit: '{decision}',
    description: 'Decisions recorded, by kind, reason and action',
  });
  const repeated = meter.createCounter('fairlead.decisions.repeated', {
    unit: '{decision}',
    description: 'Holds folded into the record before them, by kind',
  });
  const tick = meter.createHistogram('fairlead.tick.duration.seconds', {
    unit: 's',
    description: 'Duration of ticks, from the lease to the last action, by outcome',
    advice: { explicitBucketBoundaries: CALL_SECONDS },
  });
  const reportsRead = meter.createCounter('fairlead.reports.read', {
    unit: '{report}',
    description: 'Reports of replicas taken in',
  });
  const reportsLost = meter.createCounter('fairlead.reports.lost', {
    unit: '{gap}',
    description: 'Times that reports were trimmed before they were read',
  });
  for (const decision of RARE) decisions.add(0, decision);
  reportsLost.add(0);
  return {
    decided: ({ kind, reason, action }, count) => decisions.add(count, { kind, reason, action }),
    repeated: (kind, count) => repeated.add(count, { kind }),
    ticked: (outcome, seconds) => tick.record(seconds, { outcome }),
    reportsRead: (reports) => reportsRead.add(reports),
    reportsLost: () => reportsLost.add(1),
    observe: (state) => observeCluster(meter, state),
    observeSpanRelay(lagSeconds) {
      const lag = meter.createObservableGauge('fairlead.span_relay.lag.seconds', {
        unit: 's',
        description: 'Age of the oldest decision whose span the collector has not accepted',
      });
      lag.addCallback((result) => result.observe(lagSeconds() ?? Number.NaN));
    },
  };
}

function observeCluster(meter: Meter, state: () => ControllerSeen | undefined): void {
  const gauge = (name: string, unit: string, description: string): ObservableGauge =>
    meter.createObservableGauge(name, { unit, description });
  const leader = gauge('fairlead.controller.leader', '1', '1 in the controller that decides, else 0');
  const capacity = gauge('fairlead.capacity', '{job}', 'Jobs that may run at once in the cluster');
  const target = gauge('fairlead.capacity.target', '{job}', 'Where capacity is heading');
  const replicas = gauge('fairlead.replicas', '{replica}', 'Consumer replicas: wanted, running');
  const jobs = gauge(
    'fairlead.jobs',
    '{job}',
    'Jobs of the cluster: in_flight, runnable (more capacity would start them), backlog (due and not started)',
  );
  const pressure = gauge(
    'fairlead.pressure.level',
    '1',
    'Backpressure of the cluster: 0 none, 1 soft, 2 hard',
  );
  const pressed = gauge(
    'fairlead.pressure.workspaces',
    '{workspace}',
    'Workspaces with backpressure of their own, by level',
  );
  const promoted = gauge(
    'fairlead.workspaces.promoted',
    '{workspace}',
    'Workspaces that have the high quota',
  );
  const contention = gauge(
    'fairlead.contention.ratio',
    '1',
    'What contention is measured by, as a share of its line: over 1 is too much',
  );
  const breached = gauge('fairlead.contention.breached', '1', '1 where a measure of contention is in breach');
  const memory = gauge('fairlead.redis.memory.ratio', '1', 'Memory of Redis, as a share of maxmemory');
  const duplicates = gauge(
    'fairlead.effects.duplicates_recorded',
    '{effect}',
    'Duplicate sends that the ledger has counted, ever',
  );
  /** All that were ever told of: when another controller leads, they must not stay as they were. */
  const measures = new Set<string>();
  meter.addBatchObservableCallback(
    (result) => {
      const seen = state();
      const tell = (of: ObservableGauge, value: number | null | undefined, labels?: Record<string, string>) =>
        // NaN, because what is not observed would keep its last value in every later scrape.
        result.observe(of, value ?? Number.NaN, labels);
      tell(leader, seen === undefined ? 0 : 1);
      tell(capacity, seen?.capacity);
      tell(target, seen?.target);
      tell(replicas, seen?.replicasWanted, { state: 'wanted' });
      tell(replicas, seen?.replicasRunning, { state: 'running' });
      tell(jobs, seen?.inFlight, { state: 'in_flight' });
      tell(jobs, seen?.runnable, { state: 'runnable' });
      tell(jobs, seen?.backlog, { state: 'backlog' });
      tell(pressure, seen && LEVEL_NUMBERS[seen.clusterPressure]);
      tell(pressed, seen?.pressedWorkspaces.soft, { level: 'soft' });
      tell(pressed, seen?.pressedWorkspaces.hard, { level: 'hard' });
      tell(promoted, seen?.promotedWorkspaces);
      tell(memory, seen?.redisMemoryRatio);
      tell(duplicates, seen?.duplicateSends);
      const measured = new Map(seen?.contention);
      for (const measure of measured.keys()) measures.add(measure);
      for (const measure of measures) {
        const what = measured.get(measure);
        tell(contention, what?.ratio, { measure });
        tell(breached, what && Number(what.breached), { measure });
      }
    },
    [
      ...[leader, capacity, target, replicas, jobs, pressure, pressed, promoted],
      ...[contention, breached, memory, duplicates],
    ],
  );
}
