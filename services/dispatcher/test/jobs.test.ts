import { setTimeout as sleep } from 'node:timers/promises';
import { createClaimer } from '@fairlead/scheduler';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({ redisUrl: servers.redis.url, databaseUrl: servers.postgres.url });
}, 60_000);
afterAll(async () => {
  await dispatcher.close();
  await servers.stop();
});

const jobs = '/v1/workspaces/acme/jobs';
const valid = { type: 'email.send' };

test('a job is accepted with its id, state and place, and can be looked at', async () => {
  const payload = { to: 'someone', list: [1, { deep: 'ä' }] };
  const first = await dispatcher.call('POST', jobs, { ...valid, payload, maxAttempts: 5 });
  expect(first).toMatchObject({ status: 202, body: { state: 'waiting', position: 1 } });
  expect(first.headers.get('location')).toBe(`${jobs}/${first.body.id}`);
  const second = await dispatcher.call('POST', jobs, valid);
  expect(second.body).toMatchObject({ state: 'waiting', position: 2 });

  const { status, body } = await dispatcher.call('GET', first.headers.get('location') as string);
  expect(status).toBe(200);
  expect(body).toEqual({
    id: first.body.id,
    workspace: 'acme',
    type: 'email.send',
    state: 'waiting',
    payload,
    attempts: 0,
    maxAttempts: 5,
    priority: 0,
    progress: 0,
    position: 1,
    waitingReason: 'no_consumer',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

test('ids of later jobs are greater', async () => {
  const path = '/v1/workspaces/ordered/jobs';
  const before = await dispatcher.call('POST', path, valid);
  await sleep(2); // A version 7 UUID counts whole milliseconds.
  const after = await dispatcher.call('POST', path, valid);
  expect(after.body.id > before.body.id).toBe(true);
});

test('a delayed job says when it is due', async () => {
  const runAt = new Date(Date.now() + 3_600_000).toISOString();
  const { body } = await dispatcher.call('POST', '/v1/workspaces/later/jobs', { ...valid, runAt });
  expect(body).toMatchObject({ state: 'delayed', position: 0 });
  const job = await dispatcher.call('GET', `/v1/workspaces/later/jobs/${body.id}`);
  expect(job.body.state).toBe('delayed');
  expect(Math.abs(Date.parse(job.body.runAt) - Date.parse(runAt))).toBeLessThan(60_000);
});

test('what became of a job is seen: result, times, last error', async () => {
  const path = '/v1/workspaces/worked/jobs';
  const { body: good } = await dispatcher.call('POST', path, valid);
  const { body: bad } = await dispatcher.call('POST', path, { ...valid, maxAttempts: 1 });
  const claimer = createClaimer(dispatcher.scheduler, { replicaId: 'test' });
  await claimer.start();
  try {
    const claimed = await claimer.claim(64);
    if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
    expect((await dispatcher.call('GET', `${path}/${good.id}`)).body).toMatchObject({ state: 'active' });
    for (const job of claimed.jobs) {
      if (job.id === bad.id) await claimer.fail(job, new Error('no such address'));
      else await claimer.complete(job, { sent: true });
    }
  } finally {
    await claimer.stop();
  }
  const iso = expect.stringMatching(/Z$/);
  expect((await dispatcher.call('GET', `${path}/${good.id}`)).body).toMatchObject({
    state: 'succeeded',
    attempts: 1,
    result: { sent: true },
    startedAt: iso,
    finishedAt: iso,
  });
  expect((await dispatcher.call('GET', `${path}/${bad.id}`)).body).toMatchObject({
    state: 'dead',
    lastError: 'no such address',
    finishedAt: iso,
  });
});

test('a job of a stock producer can be looked at too', async () => {
  const queue = dispatcher.scheduler.queueFor('stock');
  const added = await queue.add('stock.type', { a: 1 });
  await queue.close();
  expect((await dispatcher.call('GET', `/v1/workspaces/stock/jobs/${added.id}`)).body).toMatchObject({
    type: 'stock.type',
    payload: { a: 1 },
  });
});

test.each([
  'meta',
  'wait',
  'active',
  '0',
  '-1',
  '1:lock',
  '01890000-0000-7000-8000-000000000000',
  '%00',
  'a%2fb',
])('a job %s is not there, and nothing else of Redis is shown', async (id) => {
  const { status, body } = await dispatcher.call('GET', `${jobs}/${id}`);
  expect([status, body.code]).toEqual([404, 'JOB_NOT_FOUND']);
});

test('a job of another workspace is not there', async () => {
  const { body } = await dispatcher.call('POST', jobs, valid);
  expect((await dispatcher.call('GET', `/v1/workspaces/other/jobs/${body.id}`)).status).toBe(404);
});

const JSON_TYPE = { 'content-type': 'application/json' };
const nested = (levels: number) => `{"type":"t","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));

test.each<[string, string, string, unknown, Record<string, string>, number, string]>([
  ['malformed JSON', 'POST', jobs, '{"type":', JSON_TYPE, 400, 'MALFORMED_JSON'],
  ['an empty body', 'POST', jobs, '', JSON_TYPE, 400, 'MALFORMED_JSON'],
  ['no content type', 'POST', jobs, undefined, {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'a form',
    'POST',
    jobs,
    'type=t',
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['text', 'POST', jobs, '{"type":"t"}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['an array', 'POST', jobs, [], {}, 400, 'INVALID_REQUEST'],
  ['no type', 'POST', jobs, {}, {}, 400, 'INVALID_REQUEST'],
  ['an id of its own', 'POST', jobs, { ...valid, id: 'meta' }, {}, 400, 'INVALID_REQUEST'],
  ['a state', 'POST', jobs, { ...valid, state: 'completed' }, {}, 400, 'INVALID_REQUEST'],
  ['a workspace in the body', 'POST', jobs, { ...valid, workspace: 'other' }, {}, 400, 'INVALID_REQUEST'],
  [
    '__proto__',
    'POST',
    jobs,
    '{"type":"t","payload":{"a":[{"__proto__":{"x":1}}]}}',
    JSON_TYPE,
    400,
    'INVALID_REQUEST',
  ],
  ['constructor', 'POST', jobs, '{"type":"t","constructor":{}}', JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['prototype', 'POST', jobs, '{"type":"t","payload":{"prototype":1}}', JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['33 levels', 'POST', jobs, nested(32), JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['1,001 keys', 'POST', jobs, { type: 't', payload: keys(1_000) }, {}, 400, 'INVALID_REQUEST'],
  ['257 KiB', 'POST', jobs, { type: 't', payload: 'x'.repeat(257 * 1024) }, {}, 413, 'JOB_TOO_LARGE'],
  [
    'more than 1 MiB',
    'POST',
    jobs,
    { type: 't', payload: 'x'.repeat(1024 * 1024) },
    {},
    413,
    'BODY_TOO_LARGE',
  ],
  [
    'a delay and a time',
    'POST',
    jobs,
    { ...valid, delayMs: 1, runAt: '2030-01-01T00:00:00Z' },
    {},
    400,
    'INVALID_REQUEST',
  ],
  [
    'a time in two years',
    'POST',
    jobs,
    { ...valid, runAt: new Date(Date.now() + 7e10).toISOString() },
    {},
    400,
    'INVALID_REQUEST',
  ],
  ['an idempotency key', 'POST', jobs, valid, { 'idempotency-key': 'abc' }, 409, 'LEDGER_OFF'],
  ['an upper-case name', 'POST', '/v1/workspaces/ACME/jobs', valid, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['a colon', 'POST', '/v1/workspaces/a:b/jobs', valid, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['braces', 'POST', '/v1/workspaces/%7Bfl0%7D/jobs', valid, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['a star', 'GET', '/v1/workspaces/*', undefined, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['NUL', 'PATCH', '/v1/workspaces/a%00b', { weight: 1 }, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['a space', 'POST', '/v1/workspaces/a%20b/pause', undefined, {}, 400, 'WORKSPACE_NAME_INVALID'],
  ['a slash', 'POST', '/v1/workspaces/a%2Fb/jobs', valid, {}, 400, 'WORKSPACE_NAME_INVALID'],
  [
    '64 characters',
    'POST',
    `/v1/workspaces/${'a'.repeat(64)}/jobs`,
    valid,
    {},
    400,
    'WORKSPACE_NAME_INVALID',
  ],
  ['a stray percent sign', 'POST', '/v1/workspaces/%/jobs', valid, {}, 400, 'INVALID_REQUEST'],
  ['an unknown path', 'GET', '/v1/nothing', undefined, {}, 404, 'NOT_FOUND'],
  ['an unknown version', 'GET', '/v2/workspaces', undefined, {}, 404, 'NOT_FOUND'],
  ['listing jobs without the ledger', 'GET', jobs, undefined, {}, 409, 'LEDGER_OFF'],
  ['deleting a workspace', 'DELETE', '/v1/workspaces/acme', undefined, {}, 405, 'METHOD_NOT_ALLOWED'],
  ['getting a batch', 'GET', '/v1/jobs:batch', undefined, {}, 405, 'METHOD_NOT_ALLOWED'],
  ['no settings', 'PATCH', '/v1/workspaces/acme', {}, {}, 400, 'INVALID_REQUEST'],
  ['an unknown setting', 'PATCH', '/v1/workspaces/acme', { weigth: 2 }, {}, 400, 'INVALID_REQUEST'],
  ['a weight of 0', 'PATCH', '/v1/workspaces/acme', { weight: 0 }, {}, 400, 'INVALID_REQUEST'],
  ['a limit of 0', 'GET', '/v1/workspaces?limit=0', undefined, {}, 400, 'INVALID_REQUEST'],
  ['a foreign cursor', 'GET', '/v1/workspaces?cursor=%27', undefined, {}, 400, 'INVALID_REQUEST'],
  ['an unknown query', 'GET', '/v1/workspaces?page=2', undefined, {}, 400, 'INVALID_REQUEST'],
  ['an absent workspace', 'GET', '/v1/workspaces/absent', undefined, {}, 404, 'WORKSPACE_NOT_FOUND'],
  [
    'pausing an absent workspace',
    'POST',
    '/v1/workspaces/absent/pause',
    undefined,
    {},
    404,
    'WORKSPACE_NOT_FOUND',
  ],
  [
    'a version of an absent workspace',
    'PATCH',
    '/v1/workspaces/absent',
    { weight: 2, version: 1 },
    {},
    404,
    'WORKSPACE_NOT_FOUND',
  ],
])('%s: %s %s', async (_what, method, path, body, headers, status, code) => {
  const answer = await dispatcher.call(method, path, body, headers);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    type: expect.stringMatching(/^urn:/),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    instance: expect.stringMatching(/^urn:uuid:/),
  });
  expect(JSON.stringify(answer.body)).not.toMatch(/\.ts|node_modules|at Object/);
  if (status === 405) expect(answer.headers.get('allow')).not.toBeNull();
});

test('the limits themselves are accepted', async () => {
  const frame = JSON.stringify({ type: 't', payload: '' }).length;
  for (const body of [
    JSON.stringify({ type: 't', payload: 'x'.repeat(256 * 1024 - frame) }),
    nested(31),
    JSON.stringify({ type: 't', payload: keys(998) }),
  ]) {
    expect((await dispatcher.call('POST', jobs, body, JSON_TYPE)).status).toBe(202);
  }
});

test('a name that is looked up is not created, and a refused job creates none', async () => {
  await dispatcher.call('POST', '/v1/workspaces/never/jobs', { nothing: 1 });
  await dispatcher.call('GET', '/v1/workspaces/never');
  await dispatcher.call('GET', '/v1/workspaces/never/jobs/1');
  expect(await dispatcher.ledger.workspaces.get('never')).toBeUndefined();
});

test('a secret in a payload is in no log line and no problem document', async () => {
  const canary = 'canary-5b1f';
  await dispatcher.call('POST', jobs, { type: 't', payload: { key: canary, [canary]: 1 } });
  // A queue that is no list makes Redis refuse the job, and its error carries the whole command.
  await dispatcher.call('POST', '/v1/workspaces/corrupt/jobs', valid);
  await servers.redis.command('DEL', '{fl0}:corrupt:wait');
  expect(await servers.redis.command('SET', '{fl0}:corrupt:wait', 'no list')).toContain('OK');
  const answers = [
    await dispatcher.call('POST', '/v1/workspaces/corrupt/jobs', { type: 't', payload: canary }),
    await dispatcher.call('POST', jobs, `{"type":"t","payload":"${canary}" ${canary}`, JSON_TYPE),
    await dispatcher.call('POST', jobs, { type: canary.repeat(20), payload: { constructor: canary } }),
    await dispatcher.call('POST', '/v1/jobs:batch', [{ workspace: 'acme', type: '?', payload: canary }]),
    await dispatcher.call('POST', '/v1/jobs:batch', [{ workspace: 'corrupt', type: 't', payload: canary }]),
  ];
  expect(answers.map(({ status }) => status)).toEqual([503, 400, 400, 207, 207]);
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(canary);
  expect(dispatcher.log()).not.toContain(canary);
});

test('what was refused is counted by its code', () => {
  expect(dispatcher.rejected.get('JOB_TOO_LARGE')).toBe(1);
  expect(dispatcher.rejected.get('MALFORMED_JSON')).toBeGreaterThanOrEqual(2);
});
