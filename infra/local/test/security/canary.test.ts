/**
 * A run of everything, under the Redis users of `infra/redis`, with a canary in payloads, results, errors, progress and
 * logs of jobs: whoever has the job may read it there, and it is nowhere else.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../until.ts';
import {
  type Collector,
  mainOf,
  type RedisUser,
  type RedisWithUsers,
  ROOT,
  run,
  type Service,
  startCollector,
  startMigratedPostgres,
  startRedisWithUsers,
} from './cluster.ts';

const CANARY = 'canary-7f3a-in-a-payload';
const API_KEY = `flk_0123456789ab_${'canaryKey'.repeat(5)}`;
const BOARD_PASSWORD = 'canary of the board';

const cleanUps: (() => unknown)[] = [];
let redis: RedisWithUsers;
let collector: Collector;
let dispatcher: Service;
const consumers: Service[] = [];
let startConsumer: () => Promise<Service>;
let board: Service;
let boardWithActions: Service;
/** Error answers and the board's JSON: all that must not hold the canary. */
const answers: string[] = [];
const all = () => [dispatcher, ...consumers, board, boardWithActions];

beforeAll(async () => {
  const postgres = await startMigratedPostgres();
  cleanUps.push(() => postgres.stop());
  redis = await startRedisWithUsers();
  cleanUps.push(() => redis.stop());
  collector = await startCollector();
  cleanUps.push(() => collector.close());
  async function start(name: 'dispatcher' | 'consumer' | 'board', env: NodeJS.ProcessEnv): Promise<Service> {
    const service = await run(mainOf(name), env);
    cleanUps.push(() => service.process.stop(10_000));
    if (service.url === '') throw new Error(`${name} ended:\n${service.output()}`);
    return service;
  }
  startConsumer = () =>
    start('consumer', {
      REDIS_URL: redis.urlOf('consumer'),
      DATABASE_URL: postgres.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      // Before it is killed.
      OTEL_BSP_SCHEDULE_DELAY: '50',
      FAIRLEAD_HANDLERS: join(ROOT, 'services/consumer/test/fixtures/canary.ts'),
      FAIRLEAD_LOCK_MS: '3000',
      FAIRLEAD_STALL_INTERVAL_MS: '500',
      // For the handler that never ends.
      FAIRLEAD_DRAIN_TIMEOUT_MS: '2000',
      FAIRLEAD_UNKNOWN_TYPE_DELAY_MS: '100',
      FAIRLEAD_UNKNOWN_TYPE_MAX_MS: '500',
    });
  dispatcher = await start('dispatcher', {
    REDIS_URL: redis.urlOf('dispatcher'),
    DATABASE_URL: postgres.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    FAIRLEAD_BOOTSTRAP_KEY: API_KEY,
  });
  consumers.push(await startConsumer());
  const startBoard = (user: RedisUser, actions: 'on' | 'off') =>
    start('board', {
      REDIS_URL: redis.urlOf(user),
      FAIRLEAD_BOARD_PASSWORD: BOARD_PASSWORD,
      FAIRLEAD_BOARD_ACTIONS: actions,
    });
  board = await startBoard('board', 'off');
  boardWithActions = await startBoard('board-actions', 'on');
  await until('the dispatcher is ready', async () => (await fetch(`${dispatcher.url}/readyz`)).ok, 60_000);
}, 300_000);

afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
}, 180_000);

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request to the API; the text of a refusal is kept for the end. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<Answer> {
  const response = await fetch(dispatcher.url + path, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 400) answers.push(text);
  return { status: response.status, text };
}

async function add(type: string, more: object = {}): Promise<string> {
  const { status, text } = await call('POST', '/v1/workspaces/acme/jobs', {
    type,
    payload: { canary: CANARY },
    ...more,
  });
  if (status !== 202) throw new Error(`adding was answered ${status}: ${text}`);
  return (JSON.parse(text) as { id: string }).id;
}

async function job(id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await call('GET', `/v1/workspaces/acme/jobs/${id}`)).text) as Record<string, unknown>;
}

function reaches(id: string, state: string): Promise<void> {
  return until(`job ${id} is ${state}`, async () => (await job(id))['state'] === state, 60_000);
}

/** A page or an API answer of a board, as the one who has its password sees it. */
async function see(of: Service, path: string, init: RequestInit = {}): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`operator:${BOARD_PASSWORD}`).toString('base64')}`;
  const response = await fetch(`${of.url}/queues${path}`, {
    ...init,
    headers: { authorization, origin: of.url },
  });
  const text = await response.text();
  return { status: response.status, text };
}

test('jobs come to every end, each process under its own Redis user', async () => {
  const backoff = { type: 'fixed', delayMs: 10 };
  const done = await add('canary.done');
  const dead = await add('canary.fail', { maxAttempts: 2, backoff });
  const misfit = await add('canary.done', { payload: { canary: { surprise: CANARY } } });
  const unknown = await add('canary.unknown');
  const deaf = await add('canary.deaf', { maxAttempts: 1 });
  const unstorable = await add('canary.unstorable', { maxAttempts: 1 });
  const running = await add('canary.hang');
  const delayed = await add('canary.done', { delayMs: 60_000 });
  await reaches(done, 'succeeded');
  await reaches(unstorable, 'succeeded');
  for (const id of [dead, misfit, unknown, deaf]) await reaches(id, 'dead');
  await reaches(running, 'active');
  for (const id of [running, delayed]) {
    expect((await call('POST', `/v1/workspaces/acme/jobs/${id}/cancel`)).status).toBeLessThan(300);
    await reaches(id, 'cancelled');
  }
  // Whoever may read the job finds all of it: the canary did go through.
  expect(JSON.stringify(await job(done))).toContain(CANARY);
  expect(JSON.stringify(await job(dead))).toContain(`cannot do ${CANARY}`);
}, 180_000);

test('a job whose replica is killed is recovered by another one', async () => {
  const id = await add('canary.hang');
  await reaches(id, 'active');
  const heir = await startConsumer();
  const [lost] = consumers.splice(0, 1, heir);
  lost?.process.kill('SIGKILL');
  await lost?.process.exited;
  const stalled = async () => /^fairlead_jobs_stalled_total [1-9]/m.test(await metricsOf(heir));
  await until('the other one has recovered it', stalled, 60_000);
  expect((await call('POST', `/v1/workspaces/acme/jobs/${id}/cancel`)).status).toBeLessThan(300);
  await reaches(id, 'cancelled');
}, 180_000);

async function metricsOf(service: Service): Promise<string> {
  return (await fetch(`${service.url}/metrics`)).text();
}

test('refusals repeat nothing of what was sent', async () => {
  const jobs = '/v1/workspaces/acme/jobs';
  const statuses = [
    await call('POST', jobs, { type: 'x', payload: 1, surprise: CANARY }),
    await call('POST', jobs, { type: 'x', payload: CANARY, maxAttempts: CANARY }),
    await call('POST', jobs, { type: 'x', priority: CANARY }),
    await call('POST', jobs, `{"type":"x","payload":"${CANARY}"`),
    await call('POST', jobs, `"${CANARY}`),
    await call('POST', jobs, { type: 'x', payload: { ['__proto__x']: CANARY, constructor: CANARY } }),
    await call('POST', jobs, { type: 'x', payload: CANARY.repeat(20_000) }),
    await call('POST', jobs, { type: 'x', payload: CANARY }, 'text/plain'),
    await call(
      'POST',
      '/v1/jobs:batch',
      `{"workspace":"acme","type":"x","priority":"${CANARY}"}\n{"${CANARY}`,
      'application/x-ndjson',
    ),
    await call('POST', '/v1/dispatch', { source: CANARY.repeat(20), jobs: CANARY }),
    await call('PATCH', '/v1/workspaces/acme', { weight: CANARY }),
    await call('PUT', '/v1/workspaces/acme/schedules/s', {
      cron: CANARY,
      job: { type: 'x', payload: CANARY },
    }),
  ];
  // A batch answers item by item.
  answers.push(...statuses.map(({ text }) => text));
  expect(statuses.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
});

test('the boards show jobs without their payloads', async () => {
  const list = await see(board, '/api/queues?activeQueue=acme&status=failed&page=1&jobsPerPage=50');
  expect(list.status).toBe(200);
  const dead =
    (JSON.parse(list.text) as { queues: { jobs: { id: string; name: string }[] }[] }).queues[0]?.jobs ?? [];
  expect(dead.map(({ name }) => name)).toContain('canary.fail');
  for (const { id, name } of dead) {
    const one = await see(board, `/api/queues/acme/${id}`);
    // The error of a job is shown: it is what an operator looks for, and its handler's own words.
    if (name !== 'canary.fail') answers.push(one.text);
    expect(one.text).not.toContain(`"canary":"${CANARY}"`);
  }
  await see(board, '/api/queues/acme/absent');
  await see(board, '/api/redis-stats');
  const failed = dead.find(({ name }) => name === 'canary.fail')?.id;
  const retry = `/api/queues/acme/${failed}/retry`;
  expect((await see(board, retry, { method: 'PUT' })).status).toBe(405);
  // The ledger has it; the board has the rights to say so, and points to the API.
  const refused = await see(boardWithActions, retry, { method: 'PUT' });
  answers.push(refused.text);
  expect(refused).toMatchObject({ status: 409, text: expect.stringContaining('JOB_RECORDED') });
});

test('nothing of a payload is in logs, metrics, spans, refusals or the board', async () => {
  for (const service of all()) answers.push(await metricsOf(service));
  for (const service of all()) await service.process.stop(15_000);
  for (const service of all()) {
    expect(service.output()).toContain('"msg":"listening"');
    expect(service.output()).not.toContain(CANARY);
  }
  expect(answers.length).toBeGreaterThan(15);
  for (const answer of answers) expect(answer).not.toContain(CANARY);
  // There are spans of the jobs, with their types.
  for (const name of ['process', 'settle', 'canary.done', 'canary.fail']) {
    expect(collector.received()).toContain(name);
  }
  expect(collector.received()).not.toContain(CANARY);
}, 180_000);

test('and no secret is in any of it', () => {
  const written = [...all().map((service) => service.output()), ...answers, collector.received()].join('\n');
  for (const secret of [API_KEY.slice(17), BOARD_PASSWORD, ...Object.values(redis.passwords)]) {
    expect(written).not.toContain(secret);
  }
});

test('Redis had nothing to refuse: the users can do all of it', async () => {
  expect(await redis.command('ACL', 'LOG')).toBe('*0\r\n');
});
