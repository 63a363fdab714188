/** From rows to a collector: what it got, decoded, while it comes and goes. */
import { parseRecord } from '@fairlead/core';
import { applyMigrations, createLedger, type Fence, type Ledger } from '@fairlead/ledger';
import { createDecisionExporter } from '@fairlead/telemetry';
import {
  type OtlpReceiver,
  otlpReceiver,
  privatePostgres,
  type TestPostgres,
  waitFor,
} from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createComplaints } from '../src/loop/complaints.ts';
import { createSpanRelay, type SpanRelay } from '../src/relay/span-relay.ts';
import { CALM, writeTick } from './some-decisions.ts';

const START_MS = 1_767_225_600_000;
const WINDOW_MS = 1_800_000;

let postgres: TestPostgres;
let ledger: Ledger;
let fence: Fence;
let collector: OtlpReceiver;
const relays: SpanRelay[] = [];
let ticks = 0;

beforeAll(async () => {
  postgres = await privatePostgres();
  await applyMigrations(postgres.url);
  ledger = createLedger({ databaseUrl: postgres.url });
  const held = await ledger.leases.acquire('controller', 'host-1', 600_000);
  if (held.outcome !== 'held') throw new Error('the lease is not held');
  fence = held.fence;
  collector = await otlpReceiver();
}, 60_000);

afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.stop();
});

afterAll(async () => {
  await collector.close();
  await ledger.close();
  await postgres.stop();
});

/** As a controller has one; each its own process, as far as it can tell. A collector that is there has time to answer. */
function relay(timeoutMs = 20_000): SpanRelay {
  const made = createSpanRelay({
    ledger,
    exporter: createDecisionExporter({ endpoint: collector.url, serviceVersion: '1', timeoutMs }),
    complaints: createComplaints({ info() {}, warn() {} }),
    now: () => START_MS,
  });
  relays.push(made);
  return made;
}

/** A tick that has something new to say of each. */
const tick = () =>
  writeTick(ledger, fence, START_MS + ticks++ * WINDOW_MS, {
    autoscale: { ...CALM, activeWorkspaces: 17 + 4 * ticks },
    promotion: { acme: 0, flaky: 20 },
  });

const ids = () => collector.spans().map(({ traceId, spanId }) => `${traceId}-${spanId}`);
const decided = () => collector.spans().filter(({ name }) => name.startsWith('decide '));

/** All rows' hashes, whose beginnings are the ids of their spans. */
async function rows(): Promise<string[]> {
  const stored = await ledger.decisions.tail({ after: 0, limit: 1_000 });
  return stored.map(({ record }) => record?.hash.slice(0, 16) ?? 'unreadable');
}

async function everythingArrived(): Promise<void> {
  const expected = (await rows()).sort();
  await waitFor(() => decided().length >= expected.length, { what: `${expected.length} decisions` });
  expect(
    decided()
      .map(({ spanId }) => spanId)
      .sort(),
  ).toEqual(expected);
  // Nothing came twice.
  expect(new Set(ids()).size).toBe(ids().length);
}

test('what ticks wrote arrives, each decision once, linked to the one before', async () => {
  const exporting = relay();
  for (let i = 0; i < 3; i++) {
    await tick();
    exporting.kick();
  }
  await everythingArrived();
  const last = decided().findLast(({ name }) => name === 'decide promotion acme');
  const before = decided().find(
    ({ attributes }) =>
      attributes['fairlead.decision.id'] === last?.attributes['fairlead.decision.previous_id'],
  );
  expect(last?.links).toMatchObject([{ traceId: before?.traceId, spanId: before?.spanId }]);
  const record = parseRecord(String(last?.attributes['fairlead.decision.record']));
  expect(record).toMatchObject({ outcome: 'record', record: { subject: { id: 'acme' } } });
  expect(last?.attributes['fairlead.decision.previous_repeats']).toBe(0);
});

test('nothing is lost while the collector is down, whoever leads when it is back', async () => {
  const before = collector.spans();
  await collector.close();
  const cut = relay(700);
  await tick();
  cut.kick();
  await tick();
  cut.kick();
  await cut.stop();
  // On a port of its own: somebody else may have the old one by now.
  const after = await otlpReceiver();
  collector = { ...after, spans: () => [...before, ...after.spans()] };
  const position = await ledger.spanExport.cursor();
  relay().kick();
  await everythingArrived();
  await waitFor(async () => (await ledger.spanExport.cursor()) > position, { what: 'the cursor moves on' });
});
