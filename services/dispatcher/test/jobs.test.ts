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
});
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

const JSON_TYPE = { 'content-type': 'application/json' };

test.each<[string, string, string, unknown, Record<string, string>, number, string]>([
  ['no type', 'POST', jobs, {}, {}, 400, 'INVALID_REQUEST'],
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

test('what was refused is counted by its code, also when it was refused at the door', async () => {
  const count = (code: string) => dispatcher.rejected.get(code) ?? 0;
  const codes = ['MALFORMED_JSON', 'WORKSPACE_NAME_INVALID', 'UNAUTHENTICATED'];
  const before = codes.map(count);
  await dispatcher.call('POST', jobs, '{', JSON_TYPE);
  await dispatcher.call('POST', '/v1/workspaces/NO/jobs', valid);
  await dispatcher.call('POST', jobs, valid, { authorization: 'none' });
  expect(codes.map(count)).toEqual(before.map((n) => n + 1));
});
