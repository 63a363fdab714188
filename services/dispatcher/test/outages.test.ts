import { createClaimer } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let undo: (() => void | Promise<void>) | undefined;

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({ redisUrl: servers.redis.url, databaseUrl: servers.postgres.url });
});
afterEach(async () => {
  await undo?.();
  undo = undefined;
});
afterAll(async () => {
  await dispatcher.close();
  await servers.stop();
});

const post = (workspace: string): Promise<Answer> =>
  dispatcher.call('POST', `/v1/workspaces/${workspace}/jobs`, { type: 't' });
const readiness = () => dispatcher.call('GET', '/readyz');
const ready = () =>
  waitFor(async () => (await readiness()).status === 200, {
    what: 'the dispatcher is ready again',
    deadlineMs: 15_000,
  });

/** Not ready for want of the server that is named, within the 5 s that operators are promised. */
async function notReady(server: 'Redis' | 'Postgres'): Promise<void> {
  await waitFor(
    async () => {
      const { status, body } = await readiness();
      return status === 503 && body.code === 'NOT_READY' && body.detail.startsWith(`${server}: `);
    },
    { what: `/readyz names ${server}`, deadlineMs: 5_000 },
  );
}

async function waiting(workspace: string): Promise<number> {
  return (await dispatcher.scheduler.counts([workspace]))[0]?.waiting ?? 0;
}

test('without Redis nothing is accepted, readiness says so, and it recovers by itself', async () => {
  expect((await post('steady')).status).toBe(202);
  await servers.redis.kill('SIGKILL');
  undo = () => servers.redis.restart();

  await notReady('Redis');
  expect((await dispatcher.call('GET', '/healthz')).status).toBe(200);
  for (const answer of await Promise.all([
    post('steady'),
    post('brand-new'),
    dispatcher.call('POST', '/v1/jobs:batch', [{ workspace: 'steady', type: 't' }]),
    dispatcher.call('GET', '/v1/workspaces'),
    dispatcher.call('GET', '/v1/workspaces/steady/jobs/1'),
  ])) {
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'REDIS_UNAVAILABLE',
      '2',
    ]);
    // The instance is random digits.
    const told = JSON.stringify({ ...answer.body, instance: undefined });
    expect(told).not.toContain(String(servers.redis.port));
  }

  await servers.redis.restart();
  undo = undefined;
  await ready();
  // Of the refused one nobody knows; of the accepted ones none is missing.
  const { body } = await post('steady');
  expect(body.position).toBeGreaterThanOrEqual(2);
});

test('what was answered with 202 while Redis was killed again and again is there', async () => {
  const accepted: string[] = [];
  let stop = false;
  const client = async () => {
    while (!stop) {
      const answer = await post('hammered');
      if (answer.status === 202) accepted.push(answer.body.id);
      else expect(answer.status).toBe(503);
    }
  };
  const clients = Array.from({ length: 4 }, client);
  for (let round = 0; round < 3; round++) {
    const before = accepted.length;
    await waitFor(() => accepted.length > before + 50, { what: 'jobs are accepted' });
    // AOF with fsync every second: what is acknowledged survives the death of the process.
    await servers.redis.kill('SIGKILL');
    await servers.redis.restart();
  }
  stop = true;
  await Promise.all(clients);
  await ready();
  const missing = new Set(accepted);
  for (let from = 0; from < accepted.length; from += 500) {
    const some = accepted.slice(from, from + 500);
    const found = await Promise.all(some.map((id) => dispatcher.scheduler.job('hammered', id)));
    for (const job of found) if (job) missing.delete(job.id);
  }
  expect([...missing]).toEqual([]);
  expect(await waiting('hammered')).toBeGreaterThanOrEqual(accepted.length);
});

test('a frozen Redis is an answer too: 503 within the deadline, and back after the thaw', async () => {
  await post('frozen');
  await servers.redis.kill('SIGSTOP');
  undo = () => servers.redis.kill('SIGCONT');
  // Nobody thaws it meanwhile: to answer at all is to answer at a deadline.
  await notReady('Redis');
  expect(await post('frozen')).toMatchObject({ status: 503, body: { code: 'REDIS_UNAVAILABLE' } });
  await servers.redis.kill('SIGCONT');
  await ready();
  await waitFor(async () => (await post('frozen')).status === 202, { what: 'jobs are accepted again' });
});

test('a flushed Redis gets all settings back before anything is claimed from it', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/quota', { concurrency: 2, weight: 3 });
  await dispatcher.call('PATCH', '/v1/workspaces/stopped', { paused: true });
  const restored = dispatcher.restored();
  await servers.redis.command('FLUSHALL');
  await waitFor(() => dispatcher.restored() === restored + 1, { what: 'the settings are restored' });
  await ready();

  const items = ['quota', 'stopped'].flatMap((workspace) =>
    Array.from({ length: 5 }, () => ({ workspace, type: 't' })),
  );
  await dispatcher.call('POST', '/v1/jobs:batch', items);
  const claimer = createClaimer(dispatcher.scheduler, { replicaId: 'test' });
  await claimer.start();
  const answer = await claimer.claim(64);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  expect(answer.jobs.map((job) => job.workspace)).toEqual(['quota', 'quota']);
  await claimer.stop();
});

test('without Postgres known workspaces go on, new ones and settings are refused, and it recovers', async () => {
  await post('known');
  const thaw = await servers.freezePostgres();
  undo = thaw;

  await notReady('Postgres');
  expect((await post('known')).status).toBe(202);
  const [fresh, patched] = await Promise.all([
    post('unknown'),
    dispatcher.call('PATCH', '/v1/workspaces/known', { weight: 2 }),
  ]);
  expect(fresh).toMatchObject({ status: 503, body: { code: 'LEDGER_UNAVAILABLE', retryAfterSeconds: 2 } });
  expect(patched).toMatchObject({ status: 503, body: { code: 'LEDGER_UNAVAILABLE' } });

  thaw();
  undo = undefined;
  await ready();
  expect((await post('unknown')).status).toBe(202);
});

test('settings that are stored while Redis is away take effect when it is back', async () => {
  await post('patched');
  await servers.redis.kill('SIGKILL');
  undo = () => servers.redis.restart();
  const answer = await dispatcher.call('PATCH', '/v1/workspaces/patched', { paused: true });
  expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining('stored') } });
  await servers.redis.restart();
  undo = undefined;
  await ready();
  expect((await dispatcher.call('GET', '/v1/workspaces/patched')).body).toMatchObject({
    version: 2,
    settings: { paused: true },
  });

  await waitFor(
    async () => (await servers.redis.command('HGET', '{fl0}:~cfg:patched', 'paused')).includes('1\r\n1'),
    { what: 'Redis has the pause' },
  );
});
