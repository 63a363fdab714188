/** Retry and redrive: dead letters are new work, and nothing of them is lost whatever refuses them. */
import { type Consumer, createConsumer, defineHandlers } from '@fairlead/consumer';
import { type ClaimedJob, createClaimer, createScheduler } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let consumer: Consumer;
const runs: string[] = [];

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
  consumer = createConsumer({
    redis: { url: servers.redis.url },
    ledger: dispatcher.ledger,
    handlers: defineHandlers({
      fail: {
        input: z.unknown(),
        run: (job) => {
          runs.push(job.id);
          throw new Error('as asked');
        },
      },
    }),
  });
  await consumer.start();
});
afterEach(async () => {
  await limitMemory(0);
});
afterAll(async () => {
  await consumer.drain(2_000);
  await dispatcher.close();
  await servers.stop();
});

const path = (workspace: string, rest: string) => `/v1/workspaces/${workspace}${rest}`;
const retry = (workspace: string, id: string) =>
  dispatcher.call('POST', path(workspace, `/jobs/${id}/retry`));
const redrive = (workspace: string, limit = 100) =>
  dispatcher.call('POST', path(workspace, '/dead:redrive'), { limit });
const dead = async (workspace: string): Promise<string[]> =>
  (await dispatcher.call('GET', path(workspace, '/dead'))).body.jobs.map(({ id }: { id: string }) => id);

async function deadLetters(workspace: string, count: number): Promise<string[]> {
  const items = Array.from({ length: count }, () => ({ workspace, type: 'fail', maxAttempts: 1 }));
  await dispatcher.call('POST', '/v1/jobs:batch', items);
  await waitFor(async () => (await dead(workspace)).length === count, {
    what: 'the jobs are dead letters',
    deadlineMs: 15_000,
  });
  return dead(workspace);
}

/** Makes the memory that Redis uses so many percent of what it may; 0: no limit. */
async function limitMemory(percent: number): Promise<void> {
  const { usedBytes } = await dispatcher.scheduler.memory();
  const bytes = percent === 0 ? 0 : Math.floor((usedBytes * 100) / percent);
  await servers.redis.command('CONFIG', 'SET', 'maxmemory', String(bytes));
}

test('under the pressure of Redis they are refused, and stay dead letters', async () => {
  const ids = await deadLetters('pressed', 2);
  await limitMemory(80);
  const refused = { status: 503, body: { code: 'REDIS_PRESSURE', retryAfterSeconds: 5 } };
  const add = () => dispatcher.call('POST', path('elsewhere', '/jobs'), { type: 'fail' });
  await waitFor(async () => (await add()).status === 503, {
    what: 'the pressure is noticed',
    deadlineMs: 10_000,
  });
  expect(await retry('pressed', ids[0] as string)).toMatchObject(refused);
  expect(await redrive('pressed')).toMatchObject(refused);
  expect(await dead('pressed')).toEqual(ids);
  await limitMemory(0);
  await waitFor(async () => (await redrive('pressed')).status === 202, {
    what: 'the pressure is over',
    deadlineMs: 10_000,
  });
});

test('a full workspace gets no more than it has room for', async () => {
  await deadLetters('full', 3);
  await dispatcher.call('PATCH', path('full', ''), { maxBacklog: 2, paused: true });
  expect(await redrive('full')).toMatchObject({ status: 202, body: { redriven: 2 } });
  const [last] = await dead('full');
  expect(await redrive('full')).toMatchObject({ status: 429, body: { code: 'BACKLOG_FULL' } });
  const refused = await retry('full', last as string);
  expect(refused).toMatchObject({ status: 429, body: { code: 'BACKLOG_FULL' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await dead('full')).toEqual([last]);
});

test('a workspace that is drained gets none back', async () => {
  const [id] = await deadLetters('closing', 1);
  await dispatcher.call('POST', path('closing', '/drain'));
  const refused = { status: 409, body: { code: 'WORKSPACE_DRAINING' } };
  expect(await retry('closing', id as string)).toMatchObject(refused);
  expect(await redrive('closing')).toMatchObject(refused);
  expect(await dead('closing')).toEqual([id]);
  expect(await redrive('nowhere')).toMatchObject({ status: 202, body: { redriven: 0, ids: [] } });
});

test('one that is retried while Redis is away runs when it is back, though Redis still shows the dead one', async () => {
  const [id] = await deadLetters('afterlife', 1);
  const before = runs.filter((run) => run === id).length;
  await servers.redis.kill('SIGSTOP');
  const retried = await retry('afterlife', id as string);
  await servers.redis.kill('SIGCONT');
  expect(retried).toMatchObject({ status: 202, body: { state: 'accepted' } });
  await waitFor(() => runs.filter((run) => run === id).length === before + 1, {
    what: 'it ran again',
    deadlineMs: 20_000,
  });
});

test('an accepted job that is not in Redis says why', async () => {
  const post = async (body: object) =>
    (await dispatcher.call('POST', path('outside', '/jobs'), { type: 'fail', ...body })).body.id;
  const look = async (id: string) => (await dispatcher.call('GET', path('outside', `/jobs/${id}`))).body;
  const later = await look(await post({ delayMs: 7_200_000 }));
  expect(later).toMatchObject({ state: 'accepted', waitingReason: 'delayed' });
  expect(later.estimatedStartAt).toBe(later.runAt);

  await servers.redis.kill('SIGSTOP');
  const id = await post({});
  const looked = await look(id);
  await servers.redis.kill('SIGCONT');
  expect(looked).toMatchObject({ state: 'accepted', waitingReason: 'not_queued_yet' });
  expect(looked).not.toHaveProperty('estimatedStartAt');
});

test('one that is retried before Redis knows that it is dead runs again all the same', async () => {
  const workspace = 'moment';
  // The last test: another replica is in its place, and does one step at a time.
  await consumer.drain(5_000);
  // Not by the reconciler's first look, which takes the last seconds for lost.
  const looked = async () => (await dispatcher.ledger.generations.all()).length > 0;
  await waitFor(looked, { what: 'the reconciler has looked', deadlineMs: 10_000 });
  const scheduler = createScheduler({ redis: { url: servers.redis.url } });
  const claimer = createClaimer(scheduler, { replicaId: 'between' });
  await claimer.start();
  const { id } = (await dispatcher.call('POST', path(workspace, '/jobs'), { type: 'fail' })).body;
  const held: ClaimedJob[] = [];
  await waitFor(
    async () => {
      const answer = await claimer.claim(64);
      if (answer.outcome === 'claimed') held.push(...answer.jobs);
      return held.some((job) => job.id === id);
    },
    { what: 'it is claimed' },
  );
  const state = async () => (await dispatcher.ledger.jobs.get(workspace, id))?.state;
  await waitFor(async () => (await state()) === 'queued', { what: 'it is noted as queued' });
  const outcome = { outcome: 'dead', attempts: 3, error: 'x', startedAtMs: 1, finishedAtMs: 2 } as const;
  await dispatcher.ledger.jobs.finish([{ id, ...outcome }]);
  expect(await retry(workspace, id)).toMatchObject({ status: 202 });
  for (const job of held) {
    expect(await claimer.fail(job, new Error('x'), { retry: false })).toEqual({ outcome: 'dead' });
  }
  await waitFor(async () => (await scheduler.job(workspace, id))?.state === 'waiting', {
    what: 'it waits again',
    deadlineMs: 20_000,
  });
  await claimer.stop();
  await scheduler.close();
});
