/** What a collector really gets of the controller's decisions, decoded from the bytes that came. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  canonicalText,
  DEFAULT_POLICY,
  type DecisionRecord,
  type Hash,
  parseRecord,
  policyHash,
  SCENARIOS,
  simulate,
  verifyDecisions,
} from '@fairlead/core';
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  createDecisionExporter,
  type DecisionExporter,
  type SpanOfDecision,
  traceIdOfTick,
} from '../src/index.ts';

const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
const POLICIES = new Map([[policyHash(DEFAULT_POLICY, sha256), DEFAULT_POLICY]]);
const JOB = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
/** Less than the least wait before a retry: the caller is who comes again. */
const TIMEOUT_MS = 700;

/** A cluster whose workspaces are promoted, fail, and are demoted, as rows would have it. */
const rows = rowsOf(simulate(required(SCENARIOS['demotion']), DEFAULT_POLICY, 1, sha256));
const changed = required(rows.find(({ record }) => record?.reasonCode === 'demotion_gate_closed'));

let collector: OtlpReceiver;
const exporters: DecisionExporter[] = [];

beforeAll(async () => {
  collector = await otlpReceiver();
});

afterEach(() => {
  collector.answer('take');
  collector.refuse(undefined);
  collector.clear();
});

afterAll(async () => {
  for (const exporter of exporters) await exporter.shutdown();
  await collector.close();
});

function exporterTo(
  endpoint: string,
  headers?: Record<string, string>,
  onUnfit?: (ids: readonly string[]) => void,
): DecisionExporter {
  const exporter = createDecisionExporter({
    endpoint,
    headers,
    ...(onUnfit ? { onUnfit } : {}),
    serviceVersion: '1.2.3',
    timeoutMs: TIMEOUT_MS,
  });
  exporters.push(exporter);
  return exporter;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The scenario has no such decision.');
  return value;
}

function rowsOf({ log, repeats }: ReturnType<typeof simulate>): SpanOfDecision[] {
  const byId = new Map(log.records.map((record) => [record.id, record]));
  const stoodTicks = (id: string) => 1 + (repeats.get(id) ?? 0);
  return log.records.map((record) => {
    const previous = byId.get(record.previousId ?? '');
    return {
      record,
      text: canonicalText(record),
      stoodTicks: stoodTicks(record.id),
      previous: previous && { correlationId: previous.correlationId, stoodTicks: stoodTicks(previous.id) },
      evidence: record.reasonCode === 'demotion_gate_closed' ? [JOB, 'no traceparent'] : [],
      writtenAtMs: record.evaluatedAt + 7,
    };
  });
}

function spanOf({ record }: SpanOfDecision): ReceivedSpan {
  const id = required(record).id;
  return required(collector.spans().find(({ attributes }) => attributes['fairlead.decision.id'] === id));
}

test('a decision arrives with everything that was decided, under the tick that took it', async () => {
  expect(await exporterTo(collector.url).export(rows)).toBe('accepted');
  const record = required(changed.record);
  const span = spanOf(changed);
  expect(span).toMatchObject({
    name: `decide promotion ${record.subject.id}`,
    kind: 'INTERNAL',
    traceId: traceIdOfTick(record.correlationId),
    spanId: record.hash.slice(0, 16),
    startMs: record.evaluatedAt,
    endMs: record.evaluatedAt + 7,
    status: { code: 'UNSET', message: '' },
  });
  expect(span.resource).toMatchObject({ 'service.name': 'fairlead-controller', 'service.version': '1.2.3' });
  expect(span.attributes).toMatchObject({
    'fairlead.decision.kind': 'promotion',
    'fairlead.decision.subject': record.subject.id,
    'fairlead.decision.subject_type': 'workspace',
    'fairlead.decision.reason_code': 'demotion_gate_closed',
    'fairlead.decision.action': 'lower',
    'fairlead.decision.from': 100,
    'fairlead.decision.to': 64,
    'fairlead.decision.target': record.target,
    'fairlead.decision.guardrail.contention': record.guardrail.contention,
    'fairlead.decision.guardrail.failure_rate': 'breach',
    'fairlead.decision.guardrail.duplicates': record.guardrail.duplicates,
    'fairlead.decision.epoch': record.epoch,
    'fairlead.decision.seq': record.seq,
    'fairlead.decision.policy_hash': record.policyHash,
    'fairlead.decision.previous_id': record.previousId,
    'fairlead.decision.correlation_id': record.correlationId,
    'fairlead.decision.synthetic': false,
    'fairlead.workspace': record.subject.id,
  });
  const tick = required(collector.spans().find(({ spanId }) => spanId === span.parentSpanId));
  expect(tick).toMatchObject({ name: 'controller.tick', kind: 'INTERNAL', parentSpanId: undefined });
  expect(tick.traceId).toBe(span.traceId);
});

test('the span of a decision links to the decision before it, and to the jobs that were its evidence', async () => {
  await exporterTo(collector.url).export(rows);
  const { record, previous } = changed;
  const before = required(
    collector.spans().find(({ attributes }) => attributes['fairlead.decision.id'] === record?.previousId),
  );
  const span = spanOf(changed);
  expect(span.links).toEqual([
    {
      traceId: before.traceId,
      spanId: before.spanId,
      attributes: {
        'fairlead.link': 'previous_decision',
        'fairlead.decision.id': record?.previousId,
        'fairlead.decision.repeats': (previous?.stoodTicks ?? 0) - 1,
      },
    },
    {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      attributes: { 'fairlead.link': 'evidence' },
    },
  ]);
  expect(span.attributes['fairlead.decision.previous_repeats']).toBe((previous?.stoodTicks ?? 0) - 1);
});

test('repeated holds are one span with their count', async () => {
  await exporterTo(collector.url).export(rows);
  const hold = required(rows.find(({ record, stoodTicks }) => record?.action === 'hold' && stoodTicks > 1));
  expect(spanOf(hold).attributes['fairlead.decision.repeats']).toBe(hold.stoodTicks - 1);
  const decided = collector.spans().filter(({ name }) => name.startsWith('decide '));
  expect(decided).toHaveLength(rows.length);
});

test('what an actuator was asked hangs under its decision, with what was seen', async () => {
  await exporterTo(collector.url).export(rows);
  const autoscale = required(
    rows.find(({ record }) => record?.kind === 'autoscale' && record.actuation !== null),
  );
  const parent = spanOf(autoscale);
  expect(parent.name).toBe('decide autoscale');
  const actuate = required(collector.spans().find(({ parentSpanId }) => parentSpanId === parent.spanId));
  expect(actuate).toMatchObject({
    name: 'actuate',
    kind: 'CLIENT',
    traceId: parent.traceId,
    attributes: {
      'fairlead.actuation.kind': autoscale.record?.actuation?.kind,
      'fairlead.actuation.outcome': autoscale.record?.actuation?.outcome,
      'fairlead.actuation.asked.capacity': autoscale.record?.to,
      'fairlead.actuation.asked.replicas': expect.any(Number),
      'fairlead.actuation.observed.capacity': autoscale.record?.actuation?.observed.capacity,
    },
  });
});

test('the attributes are those that the guide names', async () => {
  const guide = readFileSync(new URL('../../../docs/traces.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Decisions$([\s\S]*?)^## /m.exec(guide) ?? [];
  const pinned = SCENARIOS['operator-pin'] && simulate(SCENARIOS['operator-pin'], DEFAULT_POLICY, 1, sha256);
  const rollout = SCENARIOS['good-rollout'] && simulate(SCENARIOS['good-rollout'], DEFAULT_POLICY, 1, sha256);
  const exporter = exporterTo(collector.url);
  for (const run of [pinned, rollout]) await exporter.export(rowsOf(required(run)));
  await exporter.export(rows);
  const received = collector
    .spans()
    .flatMap(({ attributes, links }) => [attributes, ...links.map((link) => link.attributes)])
    .flatMap(Object.keys);
  const named = section.match(/(?<=`)fairlead\.[a-z_.]+(?=`)/g) ?? [];
  expect([...new Set(received)].sort()).toEqual([...new Set(named)].sort());
});

test('every decision can be taken again from what the collector got', async () => {
  await exporterTo(collector.url).export(rows);
  const received = collector.spans().flatMap(({ attributes }): DecisionRecord[] => {
    const text = attributes['fairlead.decision.record'];
    if (typeof text !== 'string') return [];
    const parsed = parseRecord(text);
    if (parsed.outcome === 'malformed') throw new Error(parsed.why);
    return [parsed.record];
  });
  expect(verifyDecisions(received, POLICIES, sha256)).toMatchObject({
    recomputed: rows.length,
    otherVersion: 0,
    differences: [],
  });
});

test('there is one span of a tick, and one trace, however many requests its decisions take', async () => {
  const exporter = exporterTo(collector.url);
  for (const row of rows) expect(await exporter.export([row])).toBe('accepted');
  const ticks = collector.spans().filter(({ name }) => name === 'controller.tick');
  expect(new Set(ticks.map(({ traceId }) => traceId)).size).toBe(ticks.length);
  expect(ticks).toHaveLength(new Set(rows.map(({ record }) => record?.correlationId)).size);
});

test('a collector that is away refuses, and gets everything once when it is back', async () => {
  const { port } = new URL(collector.url);
  const exporter = exporterTo(collector.url);
  await collector.close();
  expect(await exporter.export(rows)).toBe('refused');
  collector = await otlpReceiver(Number(port));
  for (const answer of ['unavailable', 'bad_request'] as const) {
    collector.answer(answer);
    expect(await exporter.export(rows)).toBe('refused');
  }
  expect(collector.spans()).toEqual([]);
  collector.answer('take');
  expect(await exporter.export(rows)).toBe('accepted');
  const ids = collector.spans().map(({ spanId }) => spanId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const row of rows) spanOf(row);
});

test('a repeat sends what was not taken, and what was sent in doubt has the same ids', async () => {
  const exporter = exporterTo(collector.url);
  collector.answer('take_and_drop');
  expect(await exporter.export(rows.slice(0, 2))).toBe('refused');
  const first = collector.spans().map(({ traceId, spanId }) => traceId + spanId);
  collector.clear();
  collector.answer('take');
  expect(await exporter.export(rows.slice(0, 2))).toBe('accepted');
  expect(collector.spans().map(({ traceId, spanId }) => traceId + spanId)).toEqual(first);
});

test('what a collector took but for a part is not sent again, as OTLP asks for', async () => {
  const exporter = exporterTo(collector.url);
  collector.answer('reject_one');
  expect(await exporter.export(rows.slice(0, 3))).toBe('accepted');
});

test('one decision that a collector calls unfit is passed over, and all others arrive once', async () => {
  const [first, second, third] = rows.map(({ record }) => required(record));
  const odd = { ...required(second), subject: { type: 'workspace', id: 'odd' } } as DecisionRecord;
  const some = rows.slice(0, 40).map((row) => (row.record?.id === odd.id ? { ...row, record: odd } : row));
  const unfit: string[] = [];
  const exporter = exporterTo(collector.url, undefined, (ids) => void unfit.push(...ids));
  collector.refuse(`decide ${odd.kind} odd`);
  expect(await exporter.export(some.slice(1, 2))).toBe('refused');
  expect([unfit, collector.spans()]).toEqual([[], []]);
  expect(await exporter.export(some)).toBe('accepted');
  expect(unfit).toEqual([odd.id]);
  const ids = collector.spans().map(({ attributes }) => attributes['fairlead.decision.id']);
  const arrived = ids.filter((id) => id !== undefined);
  expect(arrived).toEqual(some.flatMap(({ record }) => (record === odd ? [] : required(record).id)));
  expect(arrived).toEqual(expect.arrayContaining([required(first).id, required(third).id]));
  expect(collector.requests().length).toBeLessThan(20);
});

test('a collector that calls everything unfit is not sent everything one by one', async () => {
  const exporter = exporterTo(collector.url);
  collector.answer('bad_request');
  expect(await exporter.export(rows)).toBe('refused');
  expect(collector.requests().length).toBeLessThan(40);
});

test('requests are bounded', async () => {
  const many = Array.from({ length: 1_000 }, (_, i) => required(rows[i % rows.length]));
  expect(await exporterTo(collector.url).export(many)).toBe('accepted');
  expect(collector.requests().length).toBeGreaterThanOrEqual(5);
});

test('a row that was made unreadable has no span, and holds nobody up', async () => {
  const unreadable = { ...required(rows[0]), record: undefined, text: '{}' };
  expect(await exporterTo(collector.url).export([unreadable])).toBe('accepted');
  expect(collector.requests()).toEqual([]);
});

test('headers that the collector asks for arrive with every request', async () => {
  await exporterTo(`${collector.url}/`, { 'x-honeycomb-team': 'a key' }).export(rows.slice(0, 1));
  expect(collector.requests()).toMatchObject([
    { path: '/v1/traces', headers: { 'x-honeycomb-team': 'a key' } },
  ]);
});
