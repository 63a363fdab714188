/** Schedules with real servers. */
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createSchedulerLoop } from '../src/ledger/scheduler-loop.ts';
import { useDispatcher } from './use-dispatcher.ts';

const rig = useDispatcher({
  ledger: 'on',
});

const path = (workspace: string, name = '') => `/v1/workspaces/${workspace}/schedules${name && `/${name}`}`;
const put = (workspace: string, name: string, body: unknown) =>
  rig.dispatcher.call('PUT', path(workspace, name), body);
const JOB = { type: 'report', payload: { n: 1 } };
const fired = async (workspace: string) =>
  (await rig.dispatcher.ledger.jobs.list(workspace, { limit: 200 })).jobs.map((job) => job.idempotencyKey);

test('a schedule is created, read, listed, replaced and deleted', async () => {
  const created = await put('acme', 'nightly', { cron: '0 3 * * *', tz: 'Europe/Berlin', job: JOB });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    name: 'nightly',
    workspace: 'acme',
    cron: '0 3 * * *',
    tz: 'Europe/Berlin',
    job: { type: 'report', payload: { n: 1 }, maxAttempts: 3 },
    paused: false,
    missed: 'latest',
    nextDueAt: expect.stringMatching(/T0[12]:00:00.000Z$/),
    lastDueAt: null,
  });
  expect((await rig.dispatcher.call('GET', path('acme', 'nightly'))).body).toEqual(created.body);

  const replaced = await put('acme', 'nightly', {
    everyMs: 3_600_000,
    job: JOB,
    paused: true,
    missed: 'skip',
  });
  expect(replaced).toMatchObject({
    status: 200,
    body: { everyMs: 3_600_000, paused: true, missed: 'skip', version: 2 },
  });
  expect(replaced.body.cron).toBeUndefined();

  await put('acme', 'weekly', { cron: '@weekly', job: JOB });
  const first = (await rig.dispatcher.call('GET', `${path('acme')}?limit=1`)).body;
  expect(first).toMatchObject({ schedules: [{ name: 'nightly' }], nextCursor: 'nightly' });
  const second = (await rig.dispatcher.call('GET', `${path('acme')}?limit=1&cursor=nightly`)).body;
  expect(second).toMatchObject({ schedules: [{ name: 'weekly' }], nextCursor: null });

  expect((await rig.dispatcher.call('DELETE', path('acme', 'nightly'))).status).toBe(204);
  const gone = { status: 404, body: { code: 'SCHEDULE_NOT_FOUND' } };
  expect(await rig.dispatcher.call('DELETE', path('acme', 'nightly'))).toMatchObject(gone);
  expect(await rig.dispatcher.call('GET', path('acme', 'nightly'))).toMatchObject(gone);
  expect(await rig.dispatcher.call('GET', path('elsewhere', 'weekly'))).toMatchObject(gone);
});

test.each([
  ['neither cron nor everyMs', { job: JOB }],
  ['both', { cron: '* * * * *', everyMs: 1_000, job: JOB }],
  ['a zone without cron', { everyMs: 1_000, tz: 'UTC', job: JOB }],
  ['a zone that does not exist', { cron: '* * * * *', tz: 'Mars/Olympus', job: JOB }],
  ['a cron expression that is none', { cron: 'sometimes', job: JOB }],
  ['a distance under a second', { everyMs: 999, job: JOB }],
  ['a delay of the job', { everyMs: 1_000, job: { ...JOB, delayMs: 1 } }],
  ['an unknown field', { everyMs: 1_000, job: JOB, workspace: 'other' }],
  ['no job', { everyMs: 1_000 }],
])('refused: %s', async (_what, body) => {
  expect(await put('acme', 'bad', body)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
});

test('refused: a name with a colon', async () => {
  expect((await put('acme', 'a:b', { everyMs: 1_000, job: JOB })).status).toBe(400);
});

test('due occurrences become jobs in Redis, one for each due time, until the schedule is paused', async () => {
  // A loop that is late fires what it has missed too.
  const schedule = { everyMs: 1_000, missed: 'all', job: JOB };
  const { body } = await put('ticks', 'tick', schedule);
  await waitFor(async () => (await fired('ticks')).length >= 2, {
    what: 'two were fired',
    deadlineMs: 15_000,
  });
  await put('ticks', 'tick', { ...schedule, paused: true });
  const keys = await fired('ticks');
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toContain(`schedule:tick:${body.nextDueAt}`);
  const { jobs } = await rig.dispatcher.ledger.jobs.list('ticks', { limit: 200 });
  expect(jobs[0]).toMatchObject({ type: 'report', payload: { n: 1 }, maxAttempts: 3 });
  const inRedis = async () => (await rig.dispatcher.scheduler.counts(['ticks']))[0]?.waiting;
  await waitFor(async () => (await inRedis()) === (await fired('ticks')).length, {
    what: 'Redis has all of them',
    deadlineMs: 10_000,
  });
  const record = await rig.dispatcher.call('GET', path('ticks', 'tick'));
  expect(record.body.lastDueAt).toEqual(expect.any(String));
});

test('schedules and what they fired survive FLUSHALL', async () => {
  await put('flushed', 'tick', { everyMs: 1_000, job: JOB });
  await waitFor(async () => (await fired('flushed')).length >= 1, {
    what: 'one was fired',
    deadlineMs: 15_000,
  });
  expect(await rig.servers.redis.command('FLUSHALL')).toContain('OK');
  const before = (await fired('flushed')).length;
  await waitFor(async () => (await fired('flushed')).length > before, {
    what: 'it goes on firing',
    deadlineMs: 15_000,
  });
  await put('flushed', 'tick', { everyMs: 1_000, job: JOB, paused: true });
  await waitFor(
    async () =>
      (await rig.dispatcher.scheduler.counts(['flushed']))[0]?.waiting === (await fired('flushed')).length,
    { what: 'Redis has all of them, once', deadlineMs: 20_000 },
  );
});

test('an occurrence is accepted once, also when one loop dies before its schedule moves on', async () => {
  const { ledger } = rig.dispatcher;
  await put('twice', 'tick', { everyMs: 1_000, job: JOB });
  // It fires what is due with the fence of another epoch: the jobs are accepted, and the schedule stays.
  const stale = createSchedulerLoop({
    holder: 'frozen',
    leases: {
      ...ledger.leases,
      acquire: async (name) => ({
        outcome: 'held',
        fence: { name, epoch: 999_999 },
        expiresAt: new Date(),
      }),
      release: async () => false,
    },
    schedules: ledger.schedules,
    jobs: ledger.jobs,
    producer: { add: async () => [] },
    admission: { holdsBack: () => false },
    logger: { info() {}, warn() {} },
    isHeld: async () => false,
    now: Date.now,
    everyMs: 5,
  });
  stale.start();
  await waitFor(async () => (await fired('twice')).length >= 3, {
    what: 'some were fired',
    deadlineMs: 20_000,
  });
  await stale.stop();
  const keys = await fired('twice');
  expect(new Set(keys).size).toBe(keys.length);
  await rig.dispatcher.call('DELETE', path('twice', 'tick'));
});
