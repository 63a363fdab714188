/** Windows that run inline, with real servers and a real consumer beside the dispatcher. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Consumer,
  type Context,
  createConsumer,
  createHttpRequest,
  type HandlerJob,
  type HandlerMap,
  PermanentError,
  RetryAfterError,
} from '@fairlead/consumer';
import { applyMigrations, type FunctionRun, newJobId, windowJobKey } from '@fairlead/ledger';
import { waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { JobRecords } from '../src/ledger/keeping.ts';
import { windowAt } from '../src/windows/window.ts';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { roomInTheHour } from './room-in-the-hour.ts';
import { type Servers, startServers } from './servers.ts';

type Where = 'inline' | 'queue';
type Run = (job: HandlerJob<unknown>, ctx: Context, where: Where) => unknown;

let servers: Servers;
let databaseUrl: string;
let dispatcher: OpenDispatcher;
let consumer: Consumer;
let tidied = 0;
/** Who ran what, in order. */
let ran: string[] = [];
/** What jobs of the type `work` do. */
let work: Run = () => 'done';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const HOUR = { windowSeconds: 3_600 };

/** The same handlers for both; each notes where it runs. */
function handlers(where: Where): HandlerMap {
  return {
    work: {
      input: z.unknown(),
      run: (job, ctx) => {
        ran.push(`${where} ${job.id}`);
        return work(job, ctx, where);
      },
    },
    'http.request': createHttpRequest({ secretsFor: () => [SECRET], allow: ['127.0.0.1'] }),
  };
}
const open = (inline: object, records?: (records: JobRecords) => JobRecords) =>
  openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl,
    ledger: 'on',
    addWithinMs: 2_000,
    inline: { handlers: handlers('inline'), maxMs: 20_000, ...inline },
    ...(records ? { records } : {}),
  });

beforeAll(async () => {
  servers = await startServers();
  // The database that the test's own statements run on.
  databaseUrl = new URL('/postgres', servers.postgres.url).href;
  await applyMigrations(databaseUrl);
  dispatcher = await open({});
  consumer = createConsumer({
    handlers: handlers('queue'),
    redis: { url: servers.redis.url },
    ledger: dispatcher.ledger,
    onEvent: (event) => {
      if (event.event === 'tidied') tidied += event.jobs;
    },
  });
  await consumer.start();
  await roomInTheHour(180_000);
}, 300_000);

afterAll(async () => {
  // Also when the beginning failed: what was started must end.
  await consumer?.drain(2_000);
  await dispatcher?.close();
  await servers?.stop();
});

afterEach(async () => {
  await servers.postgres.query('DELETE FROM "Flag"');
  // The dispatcher keeps what it read of them for a second.
  await waitFor(async () => !(await isSet()), { what: 'the flags are gone' });
  ran = [];
  work = () => 'done';
});
const isSet = async () =>
  (await dispatcher.call('GET', '/v1/flags')).body.flags.some((f: { source: string }) => f.source === 'set');

const jobsFor = (count: number, type = 'work') =>
  Array.from({ length: count }, (_, n) => ({ workspace: n % 2 ? 'beta' : 'acme', type, payload: { n } }));
const post = (source: string, jobs: readonly object[] = jobsFor(3), at = dispatcher) =>
  at.call('POST', '/v1/dispatch', { source, ...HOUR, jobs });
const flag = (name: string, value: unknown, more: object = {}) =>
  dispatcher.call('PUT', `/v1/flags/${name}`, { value, ...more });
const force = () => flag('dispatch-mode', 'inline');
const jobOf = async (id: string) =>
  (await dispatcher.ledger.jobs.get('acme', id)) ?? (await dispatcher.ledger.jobs.get('beta', id));
const succeeded = async (ids: readonly string[]) => {
  const states = await Promise.all(ids.map(async (id) => (await jobOf(id))?.state));
  return states.every((state) => state === 'succeeded');
};
const runOf = async (dispatchKey: string) =>
  (await dispatcher.ledger.functionRuns.get(dispatchKey)) as FunctionRun;
const timesRun = (ids: readonly string[]) =>
  ids.map((id) => ran.filter((line) => line.endsWith(id)).map((line) => line.split(' ')[0]));

test('the switch dispatch-mode, turned at run time, runs windows without the queue', async () => {
  const before = await post('switched');
  expect(before).toMatchObject({ status: 202, body: { mode: 'dispatch-only' } });
  expect((await force()).body).toMatchObject({ value: 'inline', source: 'set' });
  const answer = await post('forced');
  expect(answer).toMatchObject({
    status: 200,
    body: {
      mode: 'inline-forced',
      source: 'forced',
      status: 'INLINE_EMERGENCY',
      run: {
        name: 'forced',
        status: 'SUCCEEDED',
        attempt: 1,
        lastError: null,
        durationMs: expect.any(Number),
      },
    },
  });
  const { jobIds, jobs, dispatchKey, run } = answer.body;
  expect(jobs).toEqual(
    jobsFor(3).map(({ workspace, type }, place) => ({
      id: jobIds[place],
      workspace,
      type,
      outcome: 'succeeded',
      attempts: 1,
      result: 'done',
    })),
  );
  expect(timesRun(jobIds)).toEqual([['inline'], ['inline'], ['inline']]);
  for (const id of jobIds) {
    expect(await jobOf(id)).toMatchObject({
      state: 'succeeded',
      result: 'done',
      attempts: 1,
      queuedAt: null,
    });
  }
  expect((await dispatcher.call('GET', `/v1/workspaces/acme/jobs/${jobIds[0]}`)).body.state).toBe(
    'succeeded',
  );

  expect(await post('forced')).toMatchObject({
    status: 200,
    body: { mode: 'dispatch-duplicate-suppressed', jobIds, run },
  });
  expect(
    (await dispatcher.call('GET', `/v1/dispatch/${encodeURIComponent(dispatchKey)}`)).body,
  ).toMatchObject({
    dispatchKey,
    jobIds,
    attempt: 1,
    run,
  });
  expect((await dispatcher.call('GET', '/v1/function-runs?name=forced')).body).toEqual({
    runs: [run],
    nextCursor: null,
  });
  expect(await dispatcher.ledger.audit.page({ subject: 'flag:dispatch-mode', limit: 1 })).toMatchObject([
    { action: 'flag.set', after: { value: 'inline' } },
  ]);

  await dispatcher.call('DELETE', '/v1/flags/dispatch-mode');
  expect(await post('back')).toMatchObject({ status: 202, body: { mode: 'dispatch-only' } });
  await waitFor(() => succeeded(before.body.jobIds), {
    what: 'the queue has run its own',
    deadlineMs: 10_000,
  });
});

test('a window or a run that is none: 404, and an empty page', async () => {
  expect(await dispatcher.call('GET', '/v1/dispatch/none')).toMatchObject({
    status: 404,
    body: { code: 'WINDOW_NOT_FOUND' },
  });
  expect((await dispatcher.call('GET', '/v1/function-runs?name=none&status=RUNNING')).body.runs).toEqual([]);
  expect((await dispatcher.call('GET', '/v1/function-runs?status=DONE')).status).toBe(400);
});

test('runs are paged', async () => {
  await force();
  for (const n of [1, 2, 3]) await post(`paged-${n}`, jobsFor(1));
  const first = await dispatcher.call('GET', '/v1/function-runs?limit=2');
  expect(first.body.runs.map(({ name }: { name: string }) => name)).toEqual(['paged-3', 'paged-2']);
  const second = await dispatcher.call('GET', `/v1/function-runs?limit=2&cursor=${first.body.nextCursor}`);
  expect(second.body.runs[0].name).toBe('paged-1');
});

test('handlers have a whole context: progress, log, idempotency key, effects that are taken once', async () => {
  await force();
  let charged = 0;
  work = async (job, ctx) => {
    await ctx.progress({ half: true });
    await ctx.log('charging');
    expect([ctx.attempt, ctx.idempotencyKey, ctx.signal.aborted]).toEqual([1, job.id, false]);
    return ctx.once('charge:inline', () => `receipt ${++charged}`);
  };
  const { body } = await post('context', jobsFor(1));
  expect(body.jobs).toMatchObject([
    { outcome: 'succeeded', result: 'receipt 1', progress: { half: true }, log: ['charging'] },
  ]);
  expect((await post('context-again', jobsFor(1))).body.jobs).toMatchObject([{ result: 'receipt 1' }]);
  expect(charged).toBe(1);
});

test('http.request works inline', async () => {
  await force();
  const asked: unknown[] = [];
  const endpoint = createServer((req, res) => {
    asked.push(req.headers['webhook-id']);
    res.end('{"ok":true}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => endpoint.once('listening', resolve));
  try {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/work`;
    const { body } = await post('pushed', [{ workspace: 'acme', type: 'http.request', payload: { url } }]);
    expect(body.jobs).toMatchObject([{ outcome: 'succeeded', result: { status: 200 } }]);
    expect(asked).toEqual([body.jobIds[0]]);
  } finally {
    endpoint.close();
  }
});

test('a failed attempt is repeated inline; a permanent error is a dead letter', async () => {
  await force();
  work = (job) => {
    if ((job.input as { n: number }).n === 1) throw new PermanentError('never');
    if (job.attempt === 1) throw new Error('not yet');
    return 'at last';
  };
  const { body } = await post('failing', jobsFor(2));
  expect(body.jobs).toMatchObject([
    { outcome: 'succeeded', attempts: 2, result: 'at last' },
    { outcome: 'dead', attempts: 1, error: 'never' },
  ]);
  expect(body.run).toMatchObject({
    status: 'FAILED',
    lastError: expect.stringMatching(/^Of 2 jobs 1 are dead/),
  });
  expect(await jobOf(body.jobIds[1])).toMatchObject({ state: 'dead', attempts: 1, lastError: 'never' });
});

test('what cannot be done here goes to the queue, with its failed attempts counted', async () => {
  await force();
  work = (job) => {
    if (job.attempt === 1) throw new RetryAfterError('busy', 3_600_000);
    return 'later';
  };
  const { body } = await post('left', [...jobsFor(1), ...jobsFor(1, 'unheard-of')]);
  expect(body.jobs).toMatchObject([
    { outcome: 'left', attempts: 1, error: 'busy' },
    { outcome: 'left', attempts: 0 },
  ]);
  expect(body.run.status).toBe('FAILED');
  const inRedis = (id: string) => dispatcher.scheduler.job('acme', id);
  const ids: string[] = body.jobIds;
  await waitFor(async () => (await Promise.all(ids.map(inRedis))).every((job) => job !== undefined), {
    what: 'the relay has added them',
    deadlineMs: 10_000,
  });
  expect(await inRedis(ids[0] as string)).toMatchObject({ state: 'delayed', attempts: 1 });
});

test('a run is over in time: what still runs is interrupted, what has not begun does not begin', async () => {
  const short = await open({ maxMs: 1_000, concurrency: 1, isForced: true });
  try {
    const aborted: unknown[] = [];
    work = (_job, { signal }, where) =>
      where === 'queue'
        ? 'by the queue'
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted.push(signal.reason.code ?? signal.reason.name);
              reject(signal.reason);
            });
          });
    const { body } = await post('endless', jobsFor(3), short);
    expect(aborted).toHaveLength(1);
    expect(body.jobs).toMatchObject(Array(3).fill({ outcome: 'left', attempts: 0 }));
    // The queue may have begun already.
    expect(ran.filter((line) => line.startsWith('inline'))).toHaveLength(1);
    await waitFor(() => succeeded(body.jobIds), { what: 'the queue has run them', deadlineMs: 15_000 });
    expect(timesRun(body.jobIds).map((where) => where.at(-1))).toEqual(['queue', 'queue', 'queue']);
  } finally {
    await short.close();
  }
});

test('who posts while the window runs inline is told so at once', async () => {
  await force();
  const gate = Promise.withResolvers<void>();
  work = () => gate.promise;
  const first = post('slow', jobsFor(1));
  await waitFor(() => ran.length === 1, { what: 'it runs' });
  const second = await post('slow', jobsFor(1));
  expect(second).toMatchObject({
    status: 200,
    body: { mode: 'dispatch-duplicate-suppressed', run: { status: 'RUNNING', finishedAt: null } },
  });
  gate.resolve();
  expect((await first).body).toMatchObject({ mode: 'inline-forced', jobIds: second.body.jobIds });
  expect(ran).toHaveLength(1);
});

test('a job that is cancelled while it runs inline stays cancelled', async () => {
  await force();
  work = (job) => dispatcher.ledger.jobs.cancel('acme', job.id);
  const { body } = await post('cancelled', jobsFor(1));
  expect(body.jobs).toMatchObject([{ outcome: 'superseded' }]);
  expect((await jobOf(body.jobIds[0]))?.state).toBe('cancelled');
});

test('a paused workspace’s jobs are not run inline', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/halted', { paused: true });
  await force();
  const jobs = [{ workspace: 'halted', type: 'work' }, ...jobsFor(1)];
  const { body } = await post('halting', jobs);
  expect(body.jobs.map(({ workspace }: { workspace: string }) => workspace)).toEqual(['acme']);
  expect(ran).toHaveLength(1);
  expect((await dispatcher.ledger.jobs.get('halted', body.jobIds[0]))?.state).toMatch(/accepted|queued/);
});

/** Freezes Redis, posts, and thaws it while the handlers run; gives the answer once consumers have seen the jobs. */
async function thawInTheMiddle(source: string, at: OpenDispatcher) {
  const gate = Promise.withResolvers<void>();
  work = () => gate.promise;
  const tidiedBefore = tidied;
  await servers.redis.kill('SIGSTOP');
  const answer = post(source, jobsFor(3), at);
  try {
    await waitFor(() => ran.filter((line) => line.startsWith('inline')).length === 3, {
      what: 'they run inline',
      deadlineMs: 15_000,
    });
  } finally {
    await servers.redis.kill('SIGCONT');
  }
  // What was sent to the frozen Redis is there now, and was claimed.
  await waitFor(() => tidied - tidiedBefore >= 3 || ran.some((line) => line.startsWith('queue')), {
    what: 'a consumer has claimed what reached Redis',
    deadlineMs: 20_000,
  });
  gate.resolve();
  return answer;
}

test('Redis freezes, the window runs inline, Redis comes back: each job has run once', async () => {
  expect((await flag('dispatch-fallback', true, { expiresInSeconds: 600 })).status).toBe(200);
  const answer = await thawInTheMiddle('frozen', dispatcher);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      mode: 'inline-emergency-fallback',
      run: { status: 'SUCCEEDED' },
      fallbackEndsAt: expect.any(String),
    },
  });
  const endsInMs = Date.parse(answer.body.fallbackEndsAt) - Date.now();
  expect(endsInMs).toBeGreaterThan(0);
  expect(endsInMs).toBeLessThanOrEqual(600_000);
  expect(timesRun(answer.body.jobIds)).toEqual([['inline'], ['inline'], ['inline']]);
  expect(await post('frozen')).toMatchObject({ body: { mode: 'dispatch-duplicate-suppressed' } });
});

test('without the taking they would have run twice', async () => {
  const careless = await open({}, (records) => ({
    ...records,
    windows: {
      ...records.windows,
      async takeInline(...window) {
        const taken = await records.windows.takeInline(...window);
        await servers.postgres.query(
          `UPDATE "Job" SET "relayAt" = now() WHERE "state" = 'accepted' AND "relayAt" IS NULL`,
        );
        return taken;
      },
    },
  }));
  try {
    await flag('dispatch-fallback', true);
    const { body } = await thawInTheMiddle('careless', careless);
    await waitFor(() => timesRun(body.jobIds).every((where) => where.includes('queue')), {
      what: 'the queue has run them too',
      deadlineMs: 15_000,
    });
    expect(timesRun(body.jobIds).map((where) => where.toSorted())).toEqual(
      Array(3).fill(['inline', 'queue']),
    );
  } finally {
    await careless.close();
  }
});

test('the fallback is off, on, and over: failed, inline in the same window, failed again', async () => {
  await servers.redis.kill('SIGSTOP');
  try {
    expect(await post('limited')).toMatchObject({ status: 503, body: { mode: 'dispatch-failed' } });
    await flag('dispatch-fallback', true);
    // The workspace is new as well: nothing of this asks Redis.
    const { body } = await post('limited');
    expect(body).toMatchObject({ mode: 'inline-emergency-fallback', run: { status: 'SUCCEEDED' } });
    expect(timesRun(body.jobIds)).toEqual([['inline'], ['inline'], ['inline']]);
    const fresh = await post('fresh', [{ workspace: 'never-seen', type: 'work' }]);
    expect(fresh.body).toMatchObject({ mode: 'inline-emergency-fallback' });
    await servers.postgres.query(`UPDATE "Flag" SET "expiresAt" = now()`);
    expect((await dispatcher.call('GET', '/v1/flags/dispatch-fallback')).body).toEqual({
      name: 'dispatch-fallback',
      value: false,
      source: 'initial',
    });
    expect(await post('over')).toMatchObject({
      status: 503,
      body: { mode: 'dispatch-failed', code: 'DISPATCH_FAILED', retryable: true },
    });
  } finally {
    await servers.redis.kill('SIGCONT');
  }
});

test('while Redis is too full for new work, the fallback runs windows inline', async () => {
  await flag('redis-full-percent', 10);
  const { usedBytes } = await dispatcher.scheduler.memory();
  const limit = (bytes: number) => servers.redis.command('CONFIG', 'SET', 'maxmemory', String(bytes));
  await limit(usedBytes * 4);
  try {
    let posts = 0;
    const refused = async () => (await post(`full-${++posts}`)).body.code === 'REDIS_PRESSURE';
    await waitFor(refused, { what: 'there is pressure', deadlineMs: 10_000 });
    await flag('dispatch-fallback', true);
    const { body } = await post('relieved');
    expect(body).toMatchObject({ mode: 'inline-emergency-fallback', run: { status: 'SUCCEEDED' } });
    expect(timesRun(body.jobIds)).toEqual([['inline'], ['inline'], ['inline']]);
  } finally {
    await limit(0);
    await dispatcher.call('DELETE', '/v1/flags/dispatch-fallback');
    let posts = 0;
    await waitFor(async () => (await post(`free-${++posts}`)).status === 202, {
      what: 'there is room again',
      deadlineMs: 10_000,
    });
  }
});

test('a retry needs no more room than the jobs that were accepted have', async () => {
  await dispatcher.call('PATCH', '/v1/workspaces/tight', { maxBacklog: 2 });
  const jobs = [1, 2].map((n) => ({ workspace: 'tight', type: 'work', payload: { n } }));
  await servers.redis.kill('SIGSTOP');
  try {
    expect(await post('tight', jobs)).toMatchObject({ status: 503, body: { code: 'DISPATCH_FAILED' } });
    await flag('dispatch-fallback', true);
    expect((await post('tight', jobs)).body.mode).toBe('inline-emergency-fallback');
    expect((await post('tighter', [...jobs, ...jobs])).status).toBe(429);
  } finally {
    await servers.redis.kill('SIGCONT');
  }
});

test('the fallback always has an end, and not too late a one', async () => {
  const set = await flag('dispatch-fallback', true);
  const endsInMs = Date.parse(set.body.expiresAt) - Date.now();
  expect(endsInMs).toBeGreaterThan(3_500_000);
  expect(endsInMs).toBeLessThanOrEqual(3_600_000);
  expect(await flag('dispatch-fallback', true, { expiresInSeconds: 3_601 })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('3600 s at most') },
  });
  expect((await flag('dispatch-mode', 'both')).status).toBe(400);
});

test('an initial fallback of the configuration says when it ends', async () => {
  const started = await open({ isFallback: true, fallbackMaxMs: 60_000 });
  try {
    const { body } = await started.call('GET', '/v1/flags/dispatch-fallback');
    expect(body).toMatchObject({ value: true, source: 'initial', expiresAt: expect.any(String) });
  } finally {
    await started.close();
  }
});

test('a dispatcher without handlers refuses the switches, and runs nothing inline', async () => {
  const bare = await openDispatcher({ redisUrl: servers.redis.url, databaseUrl, ledger: 'on' });
  try {
    for (const [name, value] of [
      ['dispatch-mode', 'inline'],
      ['dispatch-fallback', true],
    ] as const) {
      expect(await bare.call('PUT', `/v1/flags/${name}`, { value })).toMatchObject({
        status: 409,
        body: { code: 'NO_HANDLERS', fix: expect.stringContaining('FAIRLEAD_HANDLERS') },
      });
    }
    await force();
    let posts = 0;
    await waitFor(async () => (await post(`bare-${++posts}`, jobsFor(1), bare)).status === 503, {
      what: 'the other dispatcher has seen the switch',
    });
    // Its window is open for one that has.
    const failed = await post('bare-too', jobsFor(1), bare);
    expect(failed).toMatchObject({
      status: 503,
      body: { fix: expect.stringContaining('FAIRLEAD_HANDLERS') },
    });
    expect((await post('bare-too', jobsFor(1))).body).toMatchObject({ mode: 'inline-forced' });
  } finally {
    await bare.close();
  }
});

/** A window whose dispatcher died in the middle of its inline run, `minutes` ago, for the `attempt`th time. */
async function diedInTheMiddle(source: string, minutes: number, attempt = 1) {
  const { windows, jobs } = dispatcher.ledger;
  const { dispatchKey, windowStart } = windowAt(source, 3_600, Date.now());
  const { window } = await windows.open({ dispatchKey, source, windowStart, ...HOUR, correlationId: 'dead' });
  const ids = [newJobId(), newJobId()];
  await jobs.accept(
    ids.map((id, place) => ({
      id,
      workspace: 'acme',
      type: 'work',
      payloadJson: '{}',
      maxAttempts: 3,
      idempotencyKey: windowJobKey(dispatchKey, place),
    })),
  );
  await windows.takeInline(window, ids, ids);
  const now = Date.now();
  await jobs.finish([
    { id: ids[0] as string, outcome: 'succeeded', attempts: 1, startedAtMs: now, finishedAtMs: now },
  ]);
  await servers.postgres.query(
    `UPDATE "FunctionRun" SET "startedAt" = "startedAt" - interval '${minutes} minutes', "attempt" = ${attempt}
     WHERE "runKey" = '${dispatchKey}'`,
  );
  return { dispatchKey, ids };
}

test('a post of a window whose run is stale recovers what is left of it', async () => {
  const young = await diedInTheMiddle('young', 14);
  expect(await post('young')).toMatchObject({
    body: { mode: 'dispatch-duplicate-suppressed', run: { status: 'RUNNING', attempt: 1 } },
  });
  const { dispatchKey, ids } = await diedInTheMiddle('stale', 16);
  const answers = await Promise.all([post('stale'), post('stale'), post('stale')]);
  // Or the dispatcher's own watch was first.
  const modes = answers.map(({ body }) => body.mode).sort();
  expect(modes.slice(0, 2)).toEqual(Array(2).fill('dispatch-duplicate-suppressed'));
  const recovered = answers.find(({ body }) => body.mode === 'inline-stale-run-recovery');
  if (recovered !== undefined) {
    expect(recovered).toMatchObject({
      status: 200,
      body: {
        dispatchKey,
        jobs: [{ id: ids[1], outcome: 'succeeded' }],
        run: { attempt: 2, status: 'SUCCEEDED' },
      },
    });
  }
  await waitFor(async () => (await runOf(dispatchKey)).status === 'SUCCEEDED', { what: 'it is recovered' });
  expect(timesRun(ids)).toEqual([[], ['inline']]);
  expect(timesRun(young.ids)).toEqual([[], []]);
  expect(
    await dispatcher.ledger.audit.page({ subject: `function_run:${dispatchKey}`, limit: 5 }),
  ).toMatchObject([{ action: 'function_run.failed', before: { attempt: 1 }, after: { status: 'FAILED' } }]);
});

test('a stale run that nobody posts again is recovered too', async () => {
  const { dispatchKey, ids } = await diedInTheMiddle('forgotten', 16);
  await waitFor(async () => (await runOf(dispatchKey)).status === 'SUCCEEDED', {
    what: 'the watch has recovered it',
    deadlineMs: 25_000,
  });
  expect(timesRun(ids)).toEqual([[], ['inline']]);
});

test('a run in which processes died three times goes to the queue', async () => {
  const { dispatchKey, ids } = await diedInTheMiddle('deadly', 16, 3);
  const { body } = await post('deadly');
  expect(body.mode).toBe('dispatch-duplicate-suppressed');
  // Or the dispatcher's own watch was first, and is at it.
  await waitFor(async () => (await runOf(dispatchKey)).status === 'FAILED', { what: 'it is given up' });
  expect(await runOf(dispatchKey)).toMatchObject({
    attempt: 4,
    lastError: expect.stringContaining('Left to the queue'),
  });
  await waitFor(() => succeeded(ids), { what: 'the queue has run it', deadlineMs: 15_000 });
  expect(timesRun(ids)).toEqual([[], ['queue']]);
});
