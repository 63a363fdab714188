/** The promise that a ledger makes possible, with real servers: what was answered with 2xx survives. */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type Consumer, createConsumer, defineHandlers } from '@fairlead/consumer';
import { newJobId } from '@fairlead/ledger';
import { waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
const consumers: Consumer[] = [];

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.drain(2_000)));
});

afterAll(async () => {
  await dispatcher.close();
  await servers.stop();
});

/** A replica whose handlers count their runs by job. */
async function replica() {
  const runs = new Map<string, number>();
  const count = (id: string) => runs.set(id, (runs.get(id) ?? 0) + 1);
  const consumer = createConsumer({
    redis: { url: servers.redis.url },
    ledger: dispatcher.ledger,
    handlers: defineHandlers({
      echo: {
        input: z.unknown(),
        run: (job) => {
          count(job.id);
          return job.input;
        },
      },
      fail: {
        input: z.unknown(),
        run: (job) => {
          count(job.id);
          throw new Error('as asked');
        },
      },
      hang: {
        input: z.unknown(),
        run: (job, { signal }) => {
          count(job.id);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
    }),
  });
  consumers.push(consumer);
  await consumer.start();
  return runs;
}

const post = (type: string, payload: unknown = {}, headers: Record<string, string> = {}, more: object = {}) =>
  dispatcher.call('POST', '/v1/workspaces/acme/jobs', { type, payload, ...more }, headers);
const get = async (id: string) => (await dispatcher.call('GET', `/v1/workspaces/acme/jobs/${id}`)).body;
/** The file that Redis appends its commands to. */
function appendOnlyFile(): string {
  const folder = join(servers.redis.dataDir, 'appendonlydir');
  const name = readdirSync(folder).find((entry) => entry.endsWith('.incr.aof'));
  if (name === undefined) throw new Error(`no append-only file in ${folder}`);
  return join(folder, name);
}

const inState = (id: string, state: string) =>
  waitFor(async () => (await get(id)).state === state, { what: `${id} is ${state}`, deadlineMs: 20_000 });

test('a finished job lives in the ledger and not in Redis', async () => {
  const runs = await replica();
  const { status, body } = await post('echo', { hello: 'world' });
  expect(status).toBe(202);
  expect(body).toMatchObject({ state: 'waiting', position: 1 });
  await inState(body.id, 'succeeded');
  expect(await get(body.id)).toMatchObject({
    type: 'echo',
    result: { hello: 'world' },
    attempts: 1,
    workspace: 'acme',
  });
  // The ledger hears of it first.
  await waitFor(async () => (await dispatcher.scheduler.job('acme', body.id)) === undefined, {
    what: 'Redis has forgotten it',
  });
  expect(runs.get(body.id)).toBe(1);
});

test('the same key is the same job, however many come at once', async () => {
  const key = { 'idempotency-key': 'order-1' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('echo', { n: 1 }, key)));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 202]);
});

test('jobs survive the loss of all of Redis, and are run', async () => {
  const accepted = await Promise.all(Array.from({ length: 50 }, (_, n) => post('echo', { n })));
  const failing = await post('fail', {}, {}, { maxAttempts: 2, backoff: { type: 'fixed', delayMs: 0 } });
  expect(await servers.redis.command('FLUSHALL')).toContain('OK');
  const runs = await replica();
  for (const { body } of accepted) await inState(body.id, 'succeeded');
  await inState(failing.body.id, 'dead');
  expect(accepted.map(({ body }) => runs.get(body.id))).toEqual(Array(50).fill(1));
  expect(await get(failing.body.id)).toMatchObject({ attempts: 2, lastError: 'as asked' });
});

test('while Redis is away jobs are accepted all the same, and the relay adds them when it is back', async () => {
  await post('echo'); // the workspace is known by now
  await servers.redis.kill('SIGKILL');
  const accepted = await post('echo', { while: 'away' });
  const inNew = await dispatcher.call('POST', '/v1/workspaces/nobody-knew/jobs', { type: 'echo' });
  for (const { status, body } of [accepted, inNew]) {
    expect(status).toBe(202);
    expect(body).toMatchObject({ state: 'accepted', position: null });
  }
  // The relay has met the outage too, and must not sit on what it could not add.
  await waitFor(() => dispatcher.log().includes('the relay fails'), {
    what: 'the relay says that it failed',
  });
  await servers.redis.restart();
  const runs = await replica();
  await inState(accepted.body.id, 'succeeded');
  expect(runs.get(accepted.body.id)).toBe(1);
  await waitFor(() => runs.get(inNew.body.id) === 1, {
    what: 'the one in the new workspace ran',
    deadlineMs: 15_000,
  });
});

test('a job whose dispatcher died between the commit and the add is added by the relay', async () => {
  const id = newJobId();
  const row = { id, workspace: 'acme', type: 'echo', payloadJson: '{"left":"behind"}', maxAttempts: 3 };
  expect(await dispatcher.ledger.jobs.accept([row])).toMatchObject([{ outcome: 'accepted' }]);
  const runs = await replica();
  await inState(id, 'succeeded');
  expect(runs.get(id)).toBe(1);
  expect(await get(id)).toMatchObject({ result: { left: 'behind' } });
});

test('a Redis that lost its last seconds gets them back', async () => {
  const kept = (await post('echo', { n: 0 })).body.id;
  // The append-only file is synced and its size noted between two beats of the reconciler.
  const file = appendOnlyFile();
  const size = statSync(file).size;
  await waitFor(async () => statSync(file).size > size, {
    what: 'a beat is in the file',
    deadlineMs: 10_000,
  });
  const lost = await Promise.all(Array.from({ length: 20 }, (_, n) => post('echo', { n })));
  await waitFor(
    async () => {
      const records = await Promise.all(lost.map(({ body }) => dispatcher.ledger.jobs.get('acme', body.id)));
      return records.every((record) => record?.state === 'queued');
    },
    { what: 'all are noted as queued', deadlineMs: 10_000 },
  );
  // The loss is looked at before anybody can repair it.
  const thaw = await servers.freezePostgres();
  try {
    await servers.redis.kill('SIGKILL');
    truncateSync(file, size);
    await servers.redis.restart();
    const added = lost.map(({ body }) => ({ workspace: 'acme', id: body.id }));
    const missing = () => dispatcher.scheduler.missing(added).catch(() => []);
    await waitFor(async () => (await missing()).length === 20, { what: 'all of them are lost' });
  } finally {
    thaw();
  }
  const runs = await replica();
  for (const id of [kept, ...lost.map(({ body }) => body.id)]) {
    await inState(id, 'succeeded');
    expect(runs.get(id)).toBe(1);
  }
});

test('a cancelled job does not run; one that runs is told', async () => {
  const waiting = (await post('echo', {}, {}, { delayMs: 60_000 })).body.id;
  const cancel = (id: string) => dispatcher.call('POST', `/v1/workspaces/acme/jobs/${id}/cancel`);
  expect(await cancel(waiting)).toMatchObject({
    status: 202,
    body: { state: 'cancelled', wasRunning: false },
  });
  expect(await get(waiting)).toMatchObject({ state: 'cancelled' });

  const runs = await replica();
  const running = (await post('hang')).body.id;
  await waitFor(() => runs.get(running) === 1, { what: 'the job runs', deadlineMs: 10_000 });
  expect(await cancel(running)).toMatchObject({ status: 202, body: { wasRunning: true } });
  const active = async () => (await dispatcher.scheduler.counts(['acme']))[0]?.active;
  await waitFor(async () => (await active()) === 0, { what: 'its slot is free', deadlineMs: 20_000 });
  expect(await get(running)).toMatchObject({ state: 'cancelled' });
  expect(runs.get(running)).toBe(1);

  const done = (await post('echo')).body.id;
  await inState(done, 'succeeded');
  expect(await cancel(done)).toMatchObject({ status: 409, body: { code: 'JOB_FINISHED' } });
  expect(await cancel('00000000-0000-7000-8000-000000000000')).toMatchObject({ status: 404 });
});

test('dead letters are listed, retried one by one and redriven, with all their attempts', async () => {
  const runs = await replica();
  const workspace = 'graveyard';
  const add = async () =>
    (await dispatcher.call('POST', `/v1/workspaces/${workspace}/jobs`, { type: 'fail', maxAttempts: 1 })).body
      .id;
  const ids: string[] = [await add(), await add(), await add()];
  const dead = async () => (await dispatcher.call('GET', `/v1/workspaces/${workspace}/dead`)).body.jobs;
  await waitFor(async () => (await dead()).length === 3, { what: 'three dead letters', deadlineMs: 10_000 });
  expect((await dead())[0]).toMatchObject({ state: 'dead', lastError: 'as asked', attempts: 1 });

  const retried = await dispatcher.call('POST', `/v1/workspaces/${workspace}/jobs/${ids[0]}/retry`);
  expect(retried).toMatchObject({ status: 202, body: { state: 'accepted' } });
  await waitFor(() => runs.get(ids[0] as string) === 2, { what: 'the first ran again', deadlineMs: 10_000 });
  await waitFor(async () => (await dead()).length === 3, { what: 'and died again', deadlineMs: 10_000 });

  const redriven = await dispatcher.call('POST', `/v1/workspaces/${workspace}/dead:redrive`, { limit: 2 });
  expect(redriven).toMatchObject({ status: 202, body: { redriven: 2 } });
  await waitFor(() => [...runs.values()].reduce((sum, count) => sum + count, 0) === 6, {
    what: 'two ran again',
    deadlineMs: 10_000,
  });
  const listed = await dispatcher.call('GET', `/v1/workspaces/${workspace}/jobs?limit=2`);
  expect(listed.body.jobs).toHaveLength(2);
  expect(listed.body.nextCursor).toEqual(expect.any(String));
});

test('a job due in an hour stays in Postgres and costs Redis nothing', async () => {
  const { body } = await post('echo', {}, {}, { delayMs: 3_600_000 });
  expect(await dispatcher.scheduler.job('acme', body.id)).toBeUndefined();
  expect(await get(body.id)).toMatchObject({ state: 'accepted' });
});

test('Postgres away: no false 2xx, and all is well again soon after', async () => {
  const thaw = await servers.freezePostgres();
  const frozen = await post('echo');
  thaw();
  expect(frozen).toMatchObject({ status: 503, body: { code: 'LEDGER_UNAVAILABLE' } });
  await waitFor(async () => (await post('echo')).status === 202, {
    what: 'jobs are accepted again',
    deadlineMs: 10_000,
  });
});
