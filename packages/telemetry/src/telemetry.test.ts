import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  consumerMetrics,
  dispatcherMetrics,
  requestMetrics,
  startTelemetry,
  type Telemetry,
} from './index.ts';

let telemetry: Telemetry;
let server: Server;
let url: string;
let auditLag: number | undefined = 4.5;
let totals = async () => ({ known: 9, ready: 3, parked: 2, busy: 1 });

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
  const consumer = consumerMetrics(telemetry.meter);
  requestMetrics(telemetry.meter).answered({ method: 'POST', route: '/v1/x', status: 202, seconds: 0.004 });
  dispatcher.accepted(3);
  dispatcher.rejected('BODY_TOO_LARGE', 1);
  dispatcher.observe(() => totals());
  dispatcher.observeAudit(() => auditLag);
  consumer.started(0.02);
  consumer.finished('completed', 0.3);
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

  const text = await scrape();
  expect(declared(text)).toEqual([
    'fairlead_audit_lag_seconds gauge',
    'fairlead_claim_duration_seconds histogram',
    'fairlead_claim_failures_total counter',
    'fairlead_consumer_healthy gauge',
    'fairlead_consumer_running gauge',
    'fairlead_consumer_slots gauge',
    'fairlead_effects_duplicate_total counter',
    'fairlead_effects_suppressed_total counter',
    'fairlead_event_loop_blocked_seconds histogram',
    'fairlead_job_run_seconds histogram',
    'fairlead_job_wait_seconds histogram',
    'fairlead_jobs_accepted_total counter',
    'fairlead_jobs_claimed_total counter',
    'fairlead_jobs_finished_total counter',
    'fairlead_jobs_foreign_total counter',
    'fairlead_jobs_rejected_total counter',
    'fairlead_jobs_stalled_total counter',
    'fairlead_jobs_tidied_total counter',
    'fairlead_settings_restored_total counter',
    'fairlead_workspaces gauge',
    'fairlead_workspaces_quarantined_total counter',
    'http_server_request_duration histogram',
    'target_info gauge',
  ]);
  expect(text).toMatch(/^fairlead_jobs_accepted_total 3$/m);
  expect(text).toMatch(/^fairlead_jobs_rejected_total\{code="BODY_TOO_LARGE"\} 1$/m);
  expect(text).toMatch(/^fairlead_jobs_finished_total\{outcome="completed"\} 1$/m);
  expect(text).toMatch(/^fairlead_consumer_running 5$/m);
  expect(text).toMatch(/^fairlead_workspaces\{state="parked"\} 2$/m);
  expect(text).toMatch(/^fairlead_audit_lag_seconds 4.5$/m);
  expect(text).toMatch(/^fairlead_jobs_foreign_total 6$/m);
  expect(text).toMatch(/service_name="fairlead-test",service_version="1.2.3"/);
});

test('a run of 0.3 s falls between the buckets of 0.25 and 0.5 s', async () => {
  const text = await scrape();
  expect(text).toMatch(/^fairlead_job_run_seconds_bucket\{outcome="completed",le="0.25"\} 0$/m);
  expect(text).toMatch(/^fairlead_job_run_seconds_bucket\{outcome="completed",le="0.5"\} 1$/m);
});

test('a count that nobody answers is not a number, and the scrape goes on', async () => {
  for (const broken of [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {})]) {
    totals = broken;
    const text = await scrape();
    expect(text).toMatch(/^fairlead_workspaces\{state="parked"\} NaN$/m);
    expect(text).toMatch(/^fairlead_consumer_running 5$/m);
  }
});

test('where another dispatcher does the audit its lag is not a number', async () => {
  auditLag = undefined;
  expect(await scrape()).toMatch(/^fairlead_audit_lag_seconds NaN$/m);
});

test('no label has a value that clients choose', async () => {
  const labels = new Set([...(await scrape()).matchAll(/[{,]([a-z_]+)="/g)].map((match) => match[1]));
  for (const label of labels)
    expect(label).toMatch(/^(code|outcome|state|le|http_.*|service_.*|telemetry_.*)$/);
});
