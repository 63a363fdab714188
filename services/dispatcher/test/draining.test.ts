/** A workspace that is drained: nothing new comes in, what is there is finished. */
import { type Consumer, createConsumer, defineHandlers } from '@fairlead/consumer';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let other: OpenDispatcher;
let unledgered: OpenDispatcher;
const consumers: Consumer[] = [];

beforeAll(async () => {
  servers = await startServers();
  const urls = { redisUrl: servers.redis.url, databaseUrl: servers.postgres.url };
  dispatcher = await openDispatcher({ ...urls, ledger: 'on' });
  other = await openDispatcher({ ...urls, ledger: 'on' });
  unledgered = await openDispatcher(urls);
});
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.drain(2_000)));
  await Promise.all([dispatcher, other, unledgered].map((one) => one.close()));
  await servers.stop();
});

/** A replica that works off everything but what is held. */
async function replica() {
  const consumer = createConsumer({
    redis: { url: servers.redis.url },
    ledger: dispatcher.ledger,
    handlers: defineHandlers({
      mail: { input: z.unknown(), run: () => 'sent' },
      flaky: {
        input: z.unknown(),
        run: (job) => {
          if (job.attempt === 1) throw new Error('once');
        },
      },
    }),
  });
  consumers.push(consumer);
  await consumer.start();
}

const path = (workspace: string, rest = '') => `/v1/workspaces/${workspace}${rest}`;
const add = (workspace: string, body: object = {}, key?: string, at = dispatcher) =>
  at.call('POST', path(workspace, '/jobs'), { type: 'mail', ...body }, key ? { 'idempotency-key': key } : {});
const verb = (workspace: string, name: string, at = dispatcher) =>
  at.call('POST', path(workspace, `/${name}`));
const stateOf = async (workspace: string, at = dispatcher) =>
  (await at.call('GET', path(workspace))).body.state;
const REFUSED = {
  status: 409,
  body: { code: 'WORKSPACE_DRAINING', fix: expect.stringContaining('/resume') },
};

test('new jobs are refused from the answer on, what is there is finished, and resume ends it', async () => {
  const first = await add('acme', {}, 'k-1');
  await add('acme', { type: 'flaky', backoff: { type: 'fixed', delayMs: 10 } });
  const drained = await verb('acme', 'drain');
  expect(drained).toMatchObject({ status: 200, body: { state: 'draining', settings: { draining: true } } });
  expect(await add('acme')).toMatchObject(REFUSED);
  expect(await add('acme', {}, 'k-2')).toMatchObject(REFUSED);
  const batch = await dispatcher.call('POST', '/v1/jobs:batch', [
    { workspace: 'acme', type: 'mail' },
    { workspace: 'neighbour', type: 'mail' },
  ]);
  expect(batch.body.results).toMatchObject([
    { status: 409, problem: { code: 'WORKSPACE_DRAINING' } },
    { status: 202 },
  ]);
  const window = { source: 'cron', jobs: [{ workspace: 'acme', type: 'mail' }] };
  expect(await dispatcher.call('POST', '/v1/dispatch', window)).toMatchObject(REFUSED);
  // A client that lost the answer is told of its job all the same.
  expect(await add('acme', {}, 'k-1')).toMatchObject({
    status: 200,
    body: { id: first.body.id, duplicate: true },
  });
  expect(await add('acme', { priority: 1 }, 'k-1')).toMatchObject({ status: 422 });

  await replica();
  await waitFor(async () => (await stateOf('acme')) === 'drained', {
    what: 'all that was there is done, a retry too',
    deadlineMs: 15_000,
  });
  expect(await add('acme')).toMatchObject(REFUSED);
  expect((await verb('acme', 'resume')).body).toMatchObject({ settings: { draining: false, paused: false } });
  expect((await add('acme')).status).toBe(202);
  const audit = await dispatcher.call('GET', '/v1/audit?subject=workspace:acme&limit=10');
  expect(audit.body.entries.map(({ action }: { action: string }) => action)).toEqual([
    'workspace.resume',
    'workspace.drain',
  ]);
});

test('other dispatchers refuse within a second, one that starts meanwhile too, and take jobs again after a resume', async () => {
  expect((await add('shared', {}, undefined, other)).status).toBe(202);
  await verb('shared', 'drain');
  await waitFor(async () => (await add('shared', {}, undefined, other)).status === 409, {
    what: 'the other dispatcher refuses',
  });
  const late = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
  expect(await add('shared', {}, undefined, late)).toMatchObject(REFUSED);
  await late.close();
  await verb('shared', 'resume');
  await waitFor(async () => (await add('shared', {}, undefined, other)).status === 202, {
    what: 'the other dispatcher accepts again',
  });
});

test('a job that is due next week keeps a workspace draining, though Redis does not have it', async () => {
  const { body } = await add('patient', { delayMs: 7 * 86_400_000 });
  expect((await verb('patient', 'drain')).body).toMatchObject({ state: 'draining', counts: { delayed: 0 } });
  await dispatcher.call('POST', path('patient', `/jobs/${body.id}/cancel`));
  expect(await stateOf('patient')).toBe('drained');
});

test('a paused workspace stays paused while it drains', async () => {
  await dispatcher.call('PATCH', path('still'), { paused: true });
  await add('still');
  expect((await verb('still', 'drain')).body).toMatchObject({
    state: 'draining',
    settings: { paused: true, draining: true },
  });
  expect((await verb('still', 'resume')).body.settings).toMatchObject({ paused: false, draining: false });
});

test('without the ledger a workspace drains as well: Redis has all that there is', async () => {
  const { body } = await add('plain', { delayMs: 600_000 }, undefined, unledgered);
  await verb('plain', 'drain', unledgered);
  expect(await add('plain', {}, undefined, unledgered)).toMatchObject(REFUSED);
  expect(await stateOf('plain', unledgered)).toBe('draining');
  await unledgered.scheduler.cancel([{ workspace: 'plain', id: body.id }]);
  expect(await stateOf('plain', unledgered)).toBe('drained');
});

test('a workspace that does not exist cannot be drained', async () => {
  expect(await verb('nowhere', 'drain')).toMatchObject({
    status: 404,
    body: { code: 'WORKSPACE_NOT_FOUND' },
  });
});
