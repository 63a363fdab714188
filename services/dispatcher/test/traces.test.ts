/** From a request to the end of its job, in processes as they are deployed: what a collector got, decoded. */
import { readFileSync } from 'node:fs';
import { createScheduler } from '@fairlead/scheduler';
import {
  type OtlpReceiver,
  otlpReceiver,
  type ReceivedSpan,
  startProcess,
  type TestProcess,
  waitFor,
} from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newKey } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

const DISPATCHER = new URL('../src/main.ts', import.meta.url);
const CONSUMER = new URL('../../consumer/src/main.ts', import.meta.url);
const HANDLERS = new URL('./fixtures/traced-handlers.ts', import.meta.url).pathname;
const KEY = newKey();
const SECRET = 'what nobody may see';

let servers: Servers;
let collector: OtlpReceiver;
let dispatcher: TestProcess;
const processes: TestProcess[] = [];

beforeAll(async () => {
  servers = await startServers();
  collector = await otlpReceiver();
  const env = {
    REDIS_URL: servers.redis.url,
    DATABASE_URL: servers.postgres.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=a%20key',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    FAIRLEAD_BOOTSTRAP_KEY: KEY,
  };
  const start = async (main: URL, more: Record<string, string> = {}) => {
    const process = await startProcess(main, { env: { ...env, ...more } });
    processes.push(process);
    return process;
  };
  dispatcher = await start(DISPATCHER);
  await start(CONSUMER, { FAIRLEAD_HANDLERS: HANDLERS });
  await waitFor(async () => (await fetch(`${dispatcher.url}/readyz`)).ok, {
    what: 'the dispatcher is ready',
    deadlineMs: 30_000,
  });
});

afterAll(async () => {
  for (const process of processes) await process.stop();
  await collector.close();
  await servers.stop();
});

let requests = 0;

/** A trace that its caller began, by number. */
function traceparent(number: number, flags: '00' | '01' = '01'): string {
  return `00-${number.toString(16).padStart(32, '0')}-00f067aa0ba902b7-${flags}`;
}

async function post(
  path: string,
  body: unknown,
  flags?: '00' | '01',
): Promise<{ traceId: string; id: string }> {
  const parent = traceparent(++requests, flags);
  const answer = await fetch(dispatcher.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', traceparent: parent },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
  const { id = '' } = (await answer.json()) as { id?: string };
  return { traceId: parent.slice(3, 35), id };
}

const add = (type: string, more: object = {}, flags?: '00' | '01') =>
  post('/v1/workspaces/acme/jobs', { type, payload: { secret: SECRET }, ...more }, flags);

/** The spans of a trace, once the request is in it and so many settled attempts; from first to last. */
async function trace(
  traceId: string,
  settled = 1,
  begun: 'by request' | 'by schedule' = 'by request',
): Promise<ReceivedSpan[]> {
  const spans = () => collector.spans().filter((span) => span.traceId === traceId);
  // Two processes send them, each in its own time.
  const isWhole = () =>
    (begun === 'by schedule' || spans().some(({ kind }) => kind === 'SERVER')) &&
    spans().filter(({ name }) => name === 'settle').length >= settled;
  await waitFor(isWhole, {
    what: `${settled} settled attempts of ${traceId}`,
    deadlineMs: 20_000,
  });
  return spans().toSorted((a, b) => a.startMs - b.startMs);
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`);
  return found[0] as ReceivedSpan;
}

test('one trace goes from the caller over the request, the send and the run to the settled job', async () => {
  const { traceId, id } = await add('traced.done');
  const spans = await trace(traceId);
  const request = only(spans, 'POST /v1/workspaces/:workspace/jobs');
  const [send, process, settle] = ['send', 'process', 'settle'].map((name) => only(spans, name));
  expect(request).toMatchObject({
    kind: 'SERVER',
    parentSpanId: '00f067aa0ba902b7',
    attributes: { 'http.request.method': 'POST', 'http.response.status_code': 202 },
    resource: { 'service.name': 'fairlead-dispatcher' },
  });
  const queue = {
    'messaging.system': 'bullmq',
    'messaging.destination.name': 'acme',
    'messaging.destination.template': 'workspace.{id}',
    'fairlead.workspace': 'acme',
  };
  expect(send).toMatchObject({
    kind: 'PRODUCER',
    parentSpanId: request.spanId,
    attributes: { ...queue, 'messaging.operation.type': 'send', 'messaging.batch.message_count': 1 },
  });
  expect(process).toMatchObject({
    kind: 'CONSUMER',
    parentSpanId: send?.spanId,
    links: [{ traceId, spanId: send?.spanId }],
    attributes: {
      ...queue,
      'messaging.operation.type': 'process',
      'messaging.message.id': id,
      'fairlead.job.type': 'traced.done',
      'fairlead.attempt': 1,
      'fairlead.wait_ms': expect.any(Number),
      'fairlead.grant.reason': 'fair_share',
      'handler.note': 'seen',
    },
    status: { code: 'UNSET' },
    resource: { 'service.name': 'fairlead-consumer' },
  });
  expect(settle).toMatchObject({
    kind: 'CLIENT',
    parentSpanId: process?.spanId,
    attributes: { ...queue, 'messaging.operation.type': 'settle', 'fairlead.outcome': 'completed' },
  });
});

test('a job that a schedule fires is in a trace that begins with its send', async () => {
  const path = '/v1/workspaces/planned/schedules/once';
  const call = (method: string, body?: object) =>
    fetch(dispatcher.url + path, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const put = await call('PUT', { everyMs: 1_000, job: { type: 'traced.done', payload: {} } });
  expect(put.status).toBe(201);
  const sent = () =>
    collector
      .spans()
      .find((span) => span.name === 'send' && span.attributes['fairlead.workspace'] === 'planned');
  await waitFor(() => sent() !== undefined, { what: 'it was fired', deadlineMs: 20_000 });
  await call('DELETE');
  const send = sent() as ReceivedSpan;
  expect(send).toMatchObject({
    kind: 'PRODUCER',
    parentSpanId: undefined,
    attributes: { 'messaging.batch.message_count': 1 },
  });
  expect(only(await trace(send.traceId, 1, 'by schedule'), 'process')).toMatchObject({
    parentSpanId: send.spanId,
  });
});

test('a claim is a span of its own, with the number of its jobs and links to those who sent them', async () => {
  const { traceId } = await post('/v1/jobs:batch', [
    { workspace: 'acme', type: 'traced.done', payload: { secret: SECRET } },
    { workspace: 'other', type: 'traced.done', payload: { secret: SECRET } },
  ]);
  const send = only(await trace(traceId, 2), 'send');
  expect(send.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
  expect(send.attributes).not.toHaveProperty('fairlead.workspace');
  const claims = () =>
    collector
      .spans()
      .filter(({ name, links }) => name === 'receive' && links.some(({ spanId }) => spanId === send.spanId));
  // One, or two when the first job was claimed before the second was there.
  const claimed = () =>
    claims().reduce((sum, { attributes }) => sum + Number(attributes['messaging.batch.message_count']), 0);
  await waitFor(() => claimed() >= 2, { what: 'the claims of both jobs' });
  expect(claims()[0]).toMatchObject({
    kind: 'CLIENT',
    parentSpanId: undefined,
    attributes: { 'messaging.system': 'bullmq', 'messaging.operation.type': 'receive' },
  });
});

test('each attempt is in the trace, also after the ledger gave a dead job back', async () => {
  const { traceId, id } = await add('traced.fail', {
    maxAttempts: 2,
    backoff: { type: 'fixed', delayMs: 1 },
  });
  const attempts = (await trace(traceId, 2)).filter(({ name }) => name === 'process');
  expect(attempts.map(({ attributes }) => attributes['fairlead.grant.reason'])).toEqual([
    'fair_share',
    'retry',
  ]);
  expect(attempts[1]).toMatchObject({
    status: { code: 'ERROR', message: '' },
    attributes: { 'error.type': 'error' },
  });
  const outcomes = (await trace(traceId, 2)).filter(({ name }) => name === 'settle');
  expect(outcomes.map(({ attributes }) => attributes['fairlead.outcome'])).toEqual(['retrying', 'dead']);
  await post(`/v1/workspaces/acme/jobs/${id}/retry`, {});
  expect((await trace(traceId, 4)).filter(({ name }) => name === 'process')).toHaveLength(4);
});

test('the context is where the telemetry of BullMQ looks for it', async () => {
  const scheduler = createScheduler({ redis: servers.redis });
  try {
    const { traceId, id } = await add('traced.done', { delayMs: 60_000 });
    await waitFor(() => collector.spans().some((span) => span.name === 'send' && span.traceId === traceId), {
      what: 'the send',
    });
    const job = await scheduler.queueFor('acme').getJob(id);
    const { spanId } = only(
      collector.spans().filter((span) => span.traceId === traceId),
      'send',
    );
    expect(JSON.parse(job?.opts.telemetry?.metadata ?? '{}')).toEqual({
      traceparent: `00-${traceId}-${spanId}-01`,
    });
  } finally {
    await scheduler.close();
  }
});

test('a request that is refused has its code in its span, and probes have no span', async () => {
  const answer = await fetch(`${dispatcher.url}/v1/workspaces/No/jobs?token=${SECRET}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'x', payload: SECRET }),
  });
  expect(answer.status).toBe(400);
  const refused = () =>
    collector.spans().find(({ attributes }) => attributes['http.response.status_code'] === 400);
  await waitFor(() => refused() !== undefined, { what: 'the span of the refused request' });
  expect(refused()).toMatchObject({
    name: 'POST /v1/workspaces/:workspace/jobs',
    parentSpanId: undefined,
    status: { code: 'UNSET' },
    attributes: { 'url.path': '/v1/workspaces/No/jobs', 'fairlead.problem.code': 'WORKSPACE_NAME_INVALID' },
  });
  expect(collector.spans().filter(({ attributes }) => attributes['url.path'] === '/readyz')).toEqual([]);
});

test('a caller who does not sample has no spans, and his jobs neither', async () => {
  const { traceId } = await add('traced.done', {}, '00');
  const later = await add('traced.done');
  await trace(later.traceId);
  expect(collector.spans().filter((span) => span.traceId === traceId)).toEqual([]);
});

test('jobs of a dispatch window carry the trace of the post', async () => {
  const jobs = [{ workspace: 'acme', type: 'traced.done', payload: { secret: SECRET } }];
  const { traceId } = await post('/v1/dispatch', { source: 'cron', jobs });
  const spans = await trace(traceId);
  expect(only(spans, 'process').parentSpanId).toBe(only(spans, 'send').spanId);
});

test('spans have the attributes that the guide names', () => {
  const guide = readFileSync(new URL('../../../docs/traces.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Jobs$([\s\S]*?)^## /m.exec(guide) ?? [];
  const named = new Set(section.match(/(?<=`)(fairlead|messaging|error)\.[a-z_.]+(?=`)/g));
  const spans = collector.spans().filter(({ kind }) => kind !== 'SERVER');
  const received = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)));
  // The handler's own.
  received.delete('handler.note');
  expect([...received].sort()).toEqual([...named].sort());
});

test('headers from the environment come with every request, and no payload, result, error or key does', () => {
  const sent = collector.requests();
  expect(sent.length).toBeGreaterThan(1);
  expect(sent.every(({ headers }) => headers['x-honeycomb-team'] === 'a key')).toBe(true);
  expect(collector.rawText()).toContain('traced.fail');
  expect(collector.rawText()).not.toContain(SECRET);
  expect(collector.rawText()).not.toContain(KEY.slice(-20));
});
