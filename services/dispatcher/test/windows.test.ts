/** Dispatch windows and run-time switches with real servers. */
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DispatchParts, dispatch } from '../src/windows/dispatch.ts';
import { windowAt } from '../src/windows/window.ts';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { roomInTheHour } from './room-in-the-hour.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
const HOUR = { windowSeconds: 3_600 };

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
  await roomInTheHour(120_000);
}, 240_000);

afterAll(async () => {
  await dispatcher.close();
  await servers.stop();
});

const JOBS = [
  { workspace: 'acme', type: 'report', payload: { n: 1 } },
  { workspace: 'beta', type: 'report', payload: { n: 2 } },
  { workspace: 'acme', type: 'report' },
];
const post = (source: string, jobs: readonly object[] = JOBS) =>
  dispatcher.call('POST', '/v1/dispatch', { source, ...HOUR, jobs });
const recorded = async (workspace: string, source: string) =>
  (await dispatcher.ledger.jobs.list(workspace, { limit: 500 })).jobs.filter((job) =>
    job.idempotencyKey?.startsWith(`dispatch:${source}:`),
  );

test('the start of a window is the time floored to its length, and is part of its key', () => {
  const now = Date.parse('2026-03-01T12:34:56.789Z');
  expect(windowAt('cron', 60, now).dispatchKey).toBe('cron:v1:60:2026-03-01T12:34:00.000Z');
  expect(windowAt('cron', 15, now).dispatchKey).toBe('cron:v1:15:2026-03-01T12:34:45.000Z');
  expect(windowAt('cron', 3_600, now).dispatchKey).toBe('cron:v1:3600:2026-03-01T12:00:00.000Z');
});

test('a window is dispatched once; the second post gets the first one back', async () => {
  const first = await post('twice');
  expect(first).toMatchObject({
    status: 202,
    body: {
      mode: 'dispatch-only',
      source: 'twice',
      windowSeconds: 3_600,
      status: 'ENQUEUED',
      dispatchKey: expect.stringMatching(/^twice:v1:3600:.*:00:00\.000Z$/),
    },
  });
  expect(first.body.jobIds).toHaveLength(3);
  for (const [place, { workspace }] of JOBS.entries()) {
    const job = await dispatcher.scheduler.job(workspace, first.body.jobIds[place]);
    expect(job).toMatchObject({ type: 'report', state: 'waiting', workspace });
  }
  const second = await post('twice', [{ workspace: 'acme', type: 'another' }]);
  expect(second.status).toBe(200);
  expect(second.body).toEqual({ ...first.body, mode: 'dispatch-duplicate-suppressed' });
  expect(await recorded('acme', 'twice')).toHaveLength(2);
  expect((await post('elsewhere')).status).toBe(202);
});

test('of twenty posts at once one dispatches', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('crowd')));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 202]);
  expect(new Set(answers.map(({ body }) => body.correlationId)).size).toBe(1);
  expect(await recorded('acme', 'crowd')).toHaveLength(2);
});

test('Redis away: dispatch-failed, and a retry in the same window dispatches the same jobs', async () => {
  await servers.redis.kill('SIGKILL');
  const failed = await post('outage');
  expect(failed).toMatchObject({
    status: 503,
    body: { mode: 'dispatch-failed', retryable: true, code: 'DISPATCH_FAILED' },
  });
  expect(failed.headers.get('content-type')).toContain('application/problem+json');
  expect(failed.headers.get('retry-after')).toEqual(expect.any(String));
  const { dispatchKey } = failed.body;
  const window = await dispatcher.ledger.windows.get(dispatchKey);
  expect(window).toMatchObject({ status: 'ENQUEUE_FAILED', error: expect.stringContaining('durable') });
  expect(await post('outage', [{ workspace: 'acme', type: 'another' }])).toMatchObject({
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  });
  await servers.redis.restart();
  await waitFor(async () => (await dispatcher.call('GET', '/readyz')).status === 200, {
    what: 'Redis is back',
    deadlineMs: 20_000,
  });
  const retried = await post('outage');
  expect(retried).toMatchObject({ status: 202, body: { mode: 'dispatch-only', dispatchKey } });
  expect(retried.body.jobIds).toEqual(window?.jobIds);
  expect(await recorded('acme', 'outage')).toHaveLength(2);
  expect((await post('outage')).status).toBe(200);
});

test('a workspace without room refuses the whole window, which stays open', async () => {
  const settings = (maxBacklog: number) => dispatcher.call('PATCH', '/v1/workspaces/small', { maxBacklog });
  await settings(1);
  const jobs = [1, 2].map((n) => ({ workspace: 'small', type: 'report', payload: { n } }));
  expect(await post('full', jobs)).toMatchObject({ status: 429, body: { code: 'BACKLOG_FULL' } });
  expect(await recorded('small', 'full')).toHaveLength(0);
  await settings(10);
  expect((await post('full', jobs)).status).toBe(202);
});

/** Only what a post needs that finds its window open. */
const waiting = (waitMs: number) =>
  ({ windows: dispatcher.ledger.windows, now: Date.now, waitMs }) as unknown as DispatchParts;
const openElsewhere = async (source: string) => {
  const now = windowAt(source, 3_600, Date.now());
  return (
    await dispatcher.ledger.windows.open({ ...now, source, windowSeconds: 3_600, correlationId: 'elsewhere' })
  ).window;
};

test('nobody is told that a window was dispatched while it is not: its dispatcher may have died', async () => {
  await openElsewhere('dying');
  expect(await dispatch(waiting(300), { source: 'dying', ...HOUR, jobs: [] })).toMatchObject({
    mode: 'dispatch-failed',
    problem: { status: 503, code: 'DISPATCH_FAILED' },
  });
});

test('who posts while another dispatches the window waits for how it ends', async () => {
  const held = await openElsewhere('slow');
  const second = dispatch(waiting(20_000), { source: 'slow', ...HOUR, jobs: [] });
  expect(await dispatcher.ledger.windows.enqueued(held, [])).toBe(true);
  expect(await second).toMatchObject({
    mode: 'dispatch-duplicate-suppressed',
    window: { status: 'ENQUEUED', correlationId: 'elsewhere' },
  });
});

test.each([
  ['no source', { jobs: JOBS }],
  ['a source with a colon', { source: 'a:b', jobs: JOBS }],
  ['a window under 15 s', { source: 'a', windowSeconds: 14, jobs: JOBS }],
  ['a window over an hour', { source: 'a', windowSeconds: 3_601, jobs: JOBS }],
  ['no jobs', { source: 'a', jobs: [] }],
  ['a workspace that is none', { source: 'a', jobs: [{ workspace: 'A:B', type: 't' }] }],
  ['an unknown field', { source: 'a', jobs: [{ ...JOBS[0], id: 'mine' }] }],
])('refused: %s', async (_what, body) => {
  expect(await dispatcher.call('POST', '/v1/dispatch', body)).toMatchObject({
    status: 400,
    body: { code: 'INVALID_REQUEST' },
  });
});

const flag = (method: string, name: string, body?: unknown) =>
  dispatcher.call(method, `/v1/flags/${name}`, body);

test('a switch is read, set with an end, and cleared, each with an audit entry', async () => {
  expect((await dispatcher.call('GET', '/v1/flags')).body.flags).toEqual([
    { name: 'schedules-paused', value: false, source: 'initial' },
    { name: 'redis-full-percent', value: 70, source: 'initial' },
    { name: 'dispatch-mode', value: 'queue', source: 'initial' },
    { name: 'dispatch-fallback', value: false, source: 'initial' },
  ]);
  expect(await flag('PUT', 'redis-full-percent', { value: 80, expiresInSeconds: 600 })).toMatchObject({
    status: 200,
    body: {
      value: 80,
      source: 'set',
      updatedBy: `key:${dispatcher.key.slice(4, 16)}`,
      expiresAt: expect.any(String),
    },
  });
  expect((await flag('GET', 'redis-full-percent')).body).toMatchObject({ value: 80, source: 'set' });
  expect((await flag('DELETE', 'redis-full-percent')).body).toMatchObject({ value: 70, source: 'initial' });
  const entries = await dispatcher.ledger.audit.page({ subject: 'flag:redis-full-percent', limit: 10 });
  expect(entries.map(({ action }) => action)).toEqual(['flag.clear', 'flag.set']);
});

test('refused: a flag that is none, and values that it cannot have', async () => {
  const none = { status: 404, body: { code: 'FLAG_NOT_FOUND' } };
  expect(await flag('GET', 'inline-forced')).toMatchObject(none);
  expect(await flag('PUT', 'constructor', { value: true })).toMatchObject(none);
  for (const body of [{ value: 96 }, { value: true }, { value: '70' }, {}, { value: 70, actor: 'me' }]) {
    expect(await flag('PUT', 'redis-full-percent', body)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
  }
});

test('no schedule fires while schedules are paused for the cluster', async () => {
  await flag('PUT', 'schedules-paused', { value: true });
  const paused = async () =>
    (await dispatcher.ledger.flags({ 'schedules-paused': false }).read())['schedules-paused'];
  expect(await paused()).toBe(true);
  const { body } = await dispatcher.call('PUT', '/v1/workspaces/held/schedules/tick', {
    everyMs: 1_000,
    job: { type: 'report' },
  });
  const overdue = () => Date.now() > Date.parse(body.nextDueAt) + 1_500;
  await waitFor(overdue, { what: 'it is overdue', deadlineMs: 10_000 });
  const jobs = async () => (await dispatcher.ledger.jobs.list('held', { limit: 10 })).jobs;
  expect(await jobs()).toHaveLength(0);
  await flag('DELETE', 'schedules-paused');
  await waitFor(async () => (await jobs()).length > 0, { what: 'it fires again', deadlineMs: 10_000 });
  await dispatcher.call('DELETE', '/v1/workspaces/held/schedules/tick');
});

test('Redis under pressure: the window stays open', async () => {
  await flag('PUT', 'redis-full-percent', { value: 10 });
  const { usedBytes } = await dispatcher.scheduler.memory();
  const limit = (bytes: number) => servers.redis.command('CONFIG', 'SET', 'maxmemory', String(bytes));
  await limit(usedBytes * 4);
  await waitFor(
    async () => (await post(`pressed-${Math.random().toString(36).slice(2)}`)).body.code === 'REDIS_PRESSURE',
    { what: 'there is pressure', deadlineMs: 10_000 },
  );
  expect(await post('pressed')).toMatchObject({
    status: 503,
    body: { code: 'REDIS_PRESSURE', mode: 'dispatch-failed', retryable: true },
  });
  await limit(0);
  await flag('DELETE', 'redis-full-percent');
  await waitFor(async () => (await post('pressed')).status === 202, {
    what: 'the window is dispatched',
    deadlineMs: 10_000,
  });
});
