import { type Claimer, createClaimer } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let claimer: Claimer;

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({ redisUrl: servers.redis.url, databaseUrl: servers.postgres.url });
  claimer = createClaimer(dispatcher.scheduler, { replicaId: 'test' });
  await claimer.start();
});
afterAll(async () => {
  await claimer.stop();
  await dispatcher.close();
  await servers.stop();
});

async function addJobs(workspace: string, count: number): Promise<void> {
  const items = Array.from({ length: count }, () => ({ workspace, type: 't' }));
  expect((await dispatcher.call('POST', '/v1/jobs:batch', items)).body.accepted).toBe(count);
}

/** Claims up to 64 jobs, ends them, and says how many there were. */
async function workOff(): Promise<number> {
  const answer = await claimer.claim(64);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  await Promise.all(answer.jobs.map((job) => claimer.complete(job, undefined)));
  return answer.jobs.length;
}

test('a workspace begins with its first job, with default settings and live counts', async () => {
  await addJobs('first', 2);
  const { status, body } = await dispatcher.call('GET', '/v1/workspaces/first');
  expect(status).toBe(200);
  expect(body).toEqual({
    name: 'first',
    displayName: null,
    createdAt: expect.stringMatching(/Z$/),
    version: 1,
    settings: {
      weight: 1,
      concurrency: 'quota',
      ratePerSecond: 0,
      burst: 0,
      maxBacklog: 100_000,
      paused: false,
      draining: false,
      highQuotaEnabled: false,
      fairness: 'starts',
      updatedAt: expect.stringMatching(/Z$/),
    },
    quota: 64,
    limits: { concurrency: 64, ratePerSecond: 0, burst: 0 },
    state: 'ready',
    waitingReason: 'capacity_exhausted',
    pressure: null,
    counts: { waiting: 2, active: 0, delayed: 0, dead: 0 },
    oldestRunnableAgeMs: expect.any(Number),
    service: { starts: 0, windowMs: 0, share: null, fairShare: null, lag: 0 },
  });
  expect(await workOff()).toBe(2);
  await waitFor(
    async () => (await dispatcher.call('GET', '/v1/workspaces/first')).body.service.starts === 2,
    {
      what: 'the replica has reported what it started',
    },
  );
  expect((await dispatcher.call('GET', '/v1/workspaces/first')).body).toMatchObject({
    oldestRunnableAgeMs: null,
    service: { starts: 2, share: 1, fairShare: 1 },
  });
});

test('or with its first settings', async () => {
  const created = await dispatcher.call('PATCH', '/v1/workspaces/planned', {
    weight: 4,
    displayName: 'Planned',
  });
  expect([created.status, created.headers.get('location')]).toEqual([201, '/v1/workspaces/planned']);
  expect(created.body).toMatchObject({ displayName: 'Planned', settings: { weight: 4 } });
  expect((await dispatcher.call('PATCH', '/v1/workspaces/planned', { weight: 5 })).status).toBe(200);
});

test('of two who change the same version, one is told of the conflict', async () => {
  const { body } = await dispatcher.call('PATCH', '/v1/workspaces/shared', { weight: 2 });
  const change = () =>
    dispatcher.call('PATCH', '/v1/workspaces/shared', { weight: 3, version: body.version });
  const answers = await Promise.all([change(), change()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
    code: 'VERSION_CONFLICT',
    detail: `The settings are at version ${body.version + 1} by now.`,
  });
});

test('a pause holds for the backlog that is there, and a resume ends it', async () => {
  await addJobs('held', 3);
  const paused = await dispatcher.call('POST', '/v1/workspaces/held/pause');
  expect(paused).toMatchObject({ status: 200, body: { settings: { paused: true } } });
  expect(await workOff()).toBe(0);
  expect((await dispatcher.call('GET', '/v1/workspaces/held')).body).toMatchObject({
    state: 'parked',
    waitingReason: 'operator_pause',
  });
  await dispatcher.call('POST', '/v1/workspaces/held/resume');
  expect(await workOff()).toBe(3);
});

test('why a job waits is seen on the job', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/waiting', { paused: true });
  const { body } = await dispatcher.call('POST', '/v1/workspaces/waiting/jobs', { type: 't' });
  expect(await workOff()).toBe(0);
  expect((await dispatcher.call('GET', `/v1/workspaces/waiting/jobs/${body.id}`)).body).toMatchObject({
    state: 'waiting',
    waitingReason: 'operator_pause',
  });
});

test('a new concurrency holds from the next claim on', async () => {
  await addJobs('narrow', 10);
  await dispatcher.call('PATCH', '/v1/workspaces/narrow', { concurrency: 2 });
  const answer = await claimer.claim(10);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  expect(answer.jobs).toHaveLength(2);
  await dispatcher.call('PATCH', '/v1/workspaces/narrow', { concurrency: 0 });
  expect(await workOff()).toBe(8);
  await Promise.all(answer.jobs.map((job) => claimer.complete(job, undefined)));
});

test('slots follow the quota, from the next claim on, unless the workspace has a number of its own', async () => {
  await addJobs('climber', 120);
  await dispatcher.call('PATCH', '/v1/workspaces/climber', { ratePerSecond: 'quota' });
  const quota = (value: number) =>
    dispatcher.scheduler.setQuotas([{ workspace: 'climber', quota: value }], 1);
  await quota(3);
  expect((await dispatcher.call('GET', '/v1/workspaces/climber')).body).toMatchObject({
    settings: { concurrency: 'quota', ratePerSecond: 'quota', burst: 'quota' },
    quota: 3,
    limits: { concurrency: 3, ratePerSecond: 3, burst: 3 },
  });
  await dispatcher.call('PATCH', '/v1/workspaces/climber', { ratePerSecond: null });
  expect(await workOff()).toBe(3);
  await quota(5);
  expect(await workOff()).toBe(5);
  await dispatcher.call('PATCH', '/v1/workspaces/climber', { concurrency: 2 });
  expect(await workOff()).toBe(2);
  await dispatcher.call('PATCH', '/v1/workspaces/climber', { concurrency: 0 });
  expect(await workOff()).toBe(64);
  expect(await workOff()).toBe(46);
});

test('existing workspaces are made eligible for the higher quota, a page at a time', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/eligible', { highQuotaEnabled: false });
  const backfill = async (body: object) =>
    (await dispatcher.call('POST', '/v1/workspaces:backfill-high-quota', body)).body;
  const dry = await backfill({ dryRun: true, limit: 10_000 });
  expect(dry).toMatchObject({ enabled: 0, rowsUpdated: dry.total, nextCursor: null });
  const first = await backfill({ limit: 1 });
  expect(first).toMatchObject({ rowsUpdated: 1, enabled: 1, nextCursor: expect.any(String) });
  const rest = await backfill({ cursor: first.nextCursor });
  expect(rest).toMatchObject({ rowsUpdated: dry.total - 1, enabled: dry.total, nextCursor: null });
  expect((await dispatcher.call('GET', '/v1/workspaces/eligible')).body.settings.highQuotaEnabled).toBe(true);
  const { body } = await dispatcher.call('GET', '/v1/audit?subject=workspaces');
  expect(body.entries[0]).toMatchObject({
    action: 'workspaces.backfill_high_quota',
    after: { rowsUpdated: dry.total - 1 },
  });
});

test('a rate without a burst allows what one second brings', async () => {
  const { body } = await dispatcher.call('PATCH', '/v1/workspaces/slow', { ratePerSecond: 0.5 });
  expect(body.settings).toMatchObject({ ratePerSecond: 0.5, burst: 1 });
  await addJobs('slow', 5);
  expect(await workOff()).toBe(1);
  expect(
    (await dispatcher.call('PATCH', '/v1/workspaces/slow', { ratePerSecond: null })).body.settings.burst,
  ).toBe(0);
  expect(await workOff()).toBe(4);
});

test('a full workspace answers 429 with Retry-After until there is room', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/full', { maxBacklog: 2 });
  const add = () => dispatcher.call('POST', '/v1/workspaces/full/jobs', { type: 't' });
  expect([(await add()).status, (await add()).status]).toEqual([202, 202]);
  const refused = await add();
  expect([refused.status, refused.headers.get('retry-after'), refused.body.code]).toEqual([
    429,
    '1',
    'BACKLOG_FULL',
  ]);
  expect(await workOff()).toBe(2);
  expect((await add()).status).toBe(202);
  expect(await workOff()).toBe(1);
});

test('pages go through all workspaces once, also when some are added meanwhile', async () => {
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => dispatcher.call('PATCH', `/v1/workspaces/page-${i}`, { weight: 1 })),
  );
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await dispatcher.call('GET', `/v1/workspaces?limit=5${query}`);
    expect(body.workspaces.length).toBeLessThanOrEqual(5);
    seen.push(...body.workspaces.map(({ name }: { name: string }) => name));
    cursor = body.nextCursor;
    await dispatcher.call('PATCH', '/v1/workspaces/0-before', { weight: 1 });
  } while (cursor !== null);
  expect(seen.filter((name) => name.startsWith('page-'))).toHaveLength(12);
  expect(new Set(seen).size).toBe(seen.length);
  expect([...seen].sort()).toEqual(seen);
});

test('settings that another program stored are in force after a restart', async () => {
  await dispatcher.ledger.workspaces.update('first', { paused: true });
  const other = await openDispatcher({ redisUrl: servers.redis.url, databaseUrl: servers.postgres.url });
  await addJobs('first', 1);
  expect(await workOff()).toBe(0);
  await other.call('POST', '/v1/workspaces/first/resume');
  expect(await workOff()).toBe(1);
  await other.close();
});
