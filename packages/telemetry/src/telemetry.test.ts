import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type ControllerSeen,
  consumerMetrics,
  controllerMetrics,
  dispatcherMetrics,
  MAX_JOB_TYPES,
  requestMetrics,
  startTelemetry,
  type Telemetry,
  type WorkspaceTotals,
} from './index.ts';

let telemetry: Telemetry;
let server: Server;
let url: string;
let auditLag: number | undefined = 4.5;
let spanLag: number | undefined = 1.5;
const leading: ControllerSeen = {
  capacity: 1_088,
  target: 1_280,
  replicasWanted: 5,
  replicasRunning: 4,
  inFlight: 900,
  runnable: 100,
  backlog: 20_000,
  clusterPressure: 'soft',
  pressedWorkspaces: { soft: 2, hard: 1 },
  promotedWorkspaces: 7,
  contention: [['redis_memory', { ratio: 0.5, breached: false }]],
  redisMemoryRatio: 0.35,
  duplicateSends: null,
};
let seen: ControllerSeen | undefined = leading;
const known = async () => ({ known: 9, ready: 3, parked: 2, busy: 1 });
let totals: () => Promise<WorkspaceTotals> = known;

beforeAll(async () => {
  telemetry = startTelemetry({ serviceName: 'fairlead-test', serviceVersion: '1.2.3' });
  server = createServer(telemetry.metricsHandler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await telemetry.shutdown();
});

async function scrape(): Promise<string> {
  return (await fetch(url)).text();
}

/** Every metric's name and type, as a scrape declares them. */
function declared(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+ \S+)$/gm)].map((match) => match[1] as string).sort();
}

test('a scrape shows every instrument under its name, with its unit', async () => {
  const dispatcher = dispatcherMetrics(telemetry.meter);
  const consumer = consumerMetrics(telemetry.meter, ['email.send', 'report']);
  const controller = controllerMetrics(telemetry.meter);
  requestMetrics(telemetry.meter).answered({ method: 'POST', route: '/v1/x', status: 202, seconds: 0.004 });
  dispatcher.accepted(3);
  dispatcher.repeated(1);
  dispatcher.rejected('BODY_TOO_LARGE', 1);
  dispatcher.heldBack({ scope: 'workspace', reason: 'backlog_limit' }, 2);
  dispatcher.queued('direct', 0.01);
  dispatcher.observe(() => totals());
  dispatcher.observeAudit(() => auditLag);
  dispatcher.observePressure(() => ({ cluster: 'hard', soft: 7, hard: 1 }));
  consumer.started('email.send', 0.02);
  consumer.finished('email.send', 'completed', 0.3);
  consumer.finished('whatever a client wrote', 'dead', 0);
  consumer.claimed(4, 0.001);
  consumer.claimFailed();
  consumer.tidied(3);
  consumer.foreign(6);
  consumer.effectSuppressed();
  consumer.effectDuplicate();
  consumer.stalled(2);
  consumer.quarantined();
  consumer.loopBlocked(2);
  consumer.observe(() => ({ running: 5, concurrency: 64, healthy: true }));
  controller.decided({ kind: 'autoscale', reason: 'ramp_step', action: 'raise' }, 1);
  controller.repeated('promotion', 50_000);
  controller.ticked('done', 0.05);
  controller.reportsRead(4);
  controller.observe(() => seen);
  controller.observeSpanRelay(() => spanLag);

  const text = await scrape();
  expect(declared(text)).toEqual([
    'fairlead_audit_lag_seconds gauge',
    'fairlead_backpressure_cluster_level gauge',
    'fairlead_backpressure_refusals_total counter',
    'fairlead_backpressure_workspaces gauge',
    'fairlead_capacity gauge',
    'fairlead_capacity_target gauge',
    'fairlead_claim_duration_seconds histogram',
    'fairlead_claim_failures_total counter',
    'fairlead_consumer_healthy gauge',
    'fairlead_consumer_running gauge',
    'fairlead_consumer_slots gauge',
    'fairlead_contention_breached gauge',
    'fairlead_contention_ratio gauge',
    'fairlead_controller_leader gauge',
    'fairlead_decisions_repeated_total counter',
    'fairlead_decisions_total counter',
    'fairlead_dispatch_latency_seconds histogram',
    'fairlead_effects_duplicate_total counter',
    'fairlead_effects_duplicates_recorded gauge',
    'fairlead_effects_suppressed_total counter',
    'fairlead_event_loop_blocked_seconds histogram',
    'fairlead_job_run_seconds histogram',
    'fairlead_job_wait_seconds histogram',
    'fairlead_jobs gauge',
    'fairlead_jobs_accepted_total counter',
    'fairlead_jobs_claimed_total counter',
    'fairlead_jobs_finished_total counter',
    'fairlead_jobs_foreign_total counter',
    'fairlead_jobs_rejected_total counter',
    'fairlead_jobs_repeated_total counter',
    'fairlead_jobs_stalled_total counter',
    'fairlead_jobs_tidied_total counter',
    'fairlead_pressure_level gauge',
    'fairlead_pressure_workspaces gauge',
    'fairlead_redis_memory_ratio gauge',
    'fairlead_replicas gauge',
    'fairlead_reports_lost_total counter',
    'fairlead_reports_read_total counter',
    'fairlead_settings_restored_total counter',
    'fairlead_span_relay_lag_seconds gauge',
    'fairlead_tick_duration_seconds histogram',
    'fairlead_workspaces gauge',
    'fairlead_workspaces_promoted gauge',
    'fairlead_workspaces_quarantined_total counter',
    'http_server_request_duration histogram',
    'target_info gauge',
  ]);
  expect(text).toMatch(/^fairlead_jobs_accepted_total 3$/m);
  expect(text).toMatch(/^fairlead_jobs_rejected_total\{code="BODY_TOO_LARGE"\} 1$/m);
  expect(text).toMatch(/^fairlead_jobs_finished_total\{job_type="email.send",outcome="completed"\} 1$/m);
  expect(text).toMatch(/^fairlead_consumer_running 5$/m);
  expect(text).toMatch(/^fairlead_workspaces\{state="parked"\} 2$/m);
  expect(text).toMatch(/^fairlead_audit_lag_seconds 4.5$/m);
  expect(text).toMatch(/^fairlead_backpressure_cluster_level 2$/m);
  expect(text).toMatch(/^fairlead_backpressure_workspaces\{level="soft"\} 7$/m);
  expect(text).toMatch(/^fairlead_jobs_foreign_total 6$/m);
  expect(text).toMatch(/service_name="fairlead-test",service_version="1.2.3"/);
});

test('a run of 0.3 s falls between the buckets of 0.25 and 0.5 s', async () => {
  const text = await scrape();
  expect(text).toMatch(
    /^fairlead_job_run_seconds_bucket\{job_type="email.send",outcome="completed",le="0.25"\} 0$/m,
  );
  expect(text).toMatch(
    /^fairlead_job_run_seconds_bucket\{job_type="email.send",outcome="completed",le="0.5"\} 1$/m,
  );
});

test('a count that nobody answers is not a number, and the scrape goes on', async () => {
  for (const broken of [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {})]) {
    totals = broken;
    const text = await scrape();
    expect(text).toMatch(/^fairlead_workspaces\{state="parked"\} NaN$/m);
    expect(text).toMatch(/^fairlead_consumer_running 5$/m);
  }
  totals = known;
});

test('where another dispatcher does the audit its lag is not a number', async () => {
  auditLag = undefined;
  expect(await scrape()).toMatch(/^fairlead_audit_lag_seconds NaN$/m);
});

test('what no handler declares is counted as other', async () => {
  const text = await scrape();
  expect(text).toMatch(/^fairlead_jobs_finished_total\{job_type="other",outcome="dead"\} 1$/m);
  expect(text).not.toContain('whatever a client wrote');
});

test('of many types only so many are told apart', async () => {
  const many = Array.from({ length: 2 * MAX_JOB_TYPES }, (_, i) => `many.${i}`);
  const consumer = consumerMetrics(telemetry.meter, many);
  for (const type of many) consumer.started(type, 1);
  const shown = (await scrape()).match(/^fairlead_job_wait_seconds_count\{job_type="many\.\d+"\} 1$/gm);
  expect(shown).toHaveLength(MAX_JOB_TYPES);
});

test('what alerts wait for is 0 before it happens', async () => {
  const text = await scrape();
  expect(text).toMatch(/^fairlead_jobs_finished_total\{job_type="report",outcome="dead"\} 0$/m);
  expect(text).toMatch(
    /^fairlead_decisions_total\{kind="autoscale",reason="guardrail_step_down",action="lower"\} 0$/m,
  );
});

test('the leader tells of the cluster, and when another one leads nothing stays as it was', async () => {
  const text = await scrape();
  expect(text).toMatch(/^fairlead_controller_leader 1$/m);
  expect(text).toMatch(/^fairlead_capacity 1088$/m);
  expect(text).toMatch(/^fairlead_replicas\{state="running"\} 4$/m);
  expect(text).toMatch(/^fairlead_pressure_level 1$/m);
  expect(text).toMatch(/^fairlead_contention_ratio\{measure="redis_memory"\} 0.5$/m);
  expect(text).toMatch(/^fairlead_effects_duplicates_recorded NaN$/m);
  expect(text).toMatch(/^fairlead_span_relay_lag_seconds 1.5$/m);
  seen = undefined;
  spanLag = undefined;
  const later = await scrape();
  expect(later).toMatch(/^fairlead_controller_leader 0$/m);
  expect(later).toMatch(/^fairlead_capacity NaN$/m);
  expect(later).toMatch(/^fairlead_contention_ratio\{measure="redis_memory"\} NaN$/m);
  expect(later).toMatch(/^fairlead_span_relay_lag_seconds NaN$/m);
});

test('no label has a value that clients choose', async () => {
  const labels = new Set([...(await scrape()).matchAll(/[{,]([a-z_]+)="/g)].map((match) => match[1]));
  for (const label of labels)
    expect(label).toMatch(
      /^(code|outcome|state|job_type|way|scope|kind|reason|action|level|measure|le|http_.*|service_.*|telemetry_.*)$/,
    );
});
