/**
 * Each process with a canary in every secret setting, logging all it can, while things go wrong: no secret is ever in
 * what it writes, answers or was called with.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { PrivatePostgres } from '../../src/servers/postgres.ts';
import { temporaryFolder } from '../../src/servers/temporary-folder.ts';
import { until } from '../until.ts';
import {
  mainOf,
  type RedisWithUsers,
  run,
  type Service,
  secretFile,
  secretOf,
  startMigratedPostgres,
  startRedisWithUsers,
} from './cluster.ts';

const SERVICES = ['dispatcher', 'consumer', 'board'] as const;
type Name = (typeof SERVICES)[number];

/** One for each secret setting. */
const SECRETS = {
  redis: secretOf('redis'),
  postgres: secretOf('postgres'),
  board: secretOf('board'),
  key: `flk_0123456789ab_${secretOf('key-of-the-api').padEnd(43, 'x')}`,
  otlp: secretOf('otlp'),
  signing: `whsec_${Buffer.from(secretOf('signing')).toString('base64')}`,
} as const;

let redis: RedisWithUsers;
let postgres: PrivatePostgres;
const folder = temporaryFolder('secrets');
const running: Service[] = [];

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedisWithUsers(), startMigratedPostgres()]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.process.stop(10_000)));
});
afterAll(async () => {
  await Promise.all([redis.stop(), postgres.stop(), folder.remove()]);
});

const redisAt = (port: number, user: string = 'somebody') =>
  `redis://${user}:${SECRETS.redis}@127.0.0.1:${port}`;
const postgresAt = (port: number) => `postgresql://postgres:${SECRETS.postgres}@127.0.0.1:${port}/postgres`;

/** All secret settings, and where servers are; `changes` last. */
function environment(changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    REDIS_URL: redisAt(redis.port),
    DATABASE_URL: postgresAt(postgres.port),
    FAIRLEAD_BOARD_PASSWORD: SECRETS.board,
    FAIRLEAD_BOOTSTRAP_KEY: SECRETS.key,
    FAIRLEAD_HTTP_SIGNING_SECRET: SECRETS.signing,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${SECRETS.otlp}`,
    FAIRLEAD_DRAIN_TIMEOUT_MS: '1000',
    ...changes,
  };
}

async function start(script: string, changes: NodeJS.ProcessEnv): Promise<Service> {
  const service = await run(script, environment(changes));
  running.push(service);
  return service;
}

/** What the process was called with, where the system tells. */
function commandLine(service: Service): string {
  const file = `/proc/${service.process.pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function expectNoSecret(written: string): void {
  const passwords = [...Object.values(SECRETS), ...Object.values(redis.passwords), passwordOf(postgres)];
  for (const secret of passwords) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(encodeURIComponent(secret));
  }
  // Nor a piece of one.
  expect(written).not.toMatch(/canary-/);
}

const passwordOf = ({ url }: PrivatePostgres) => decodeURIComponent(new URL(url).password);

/** Asks for everything a stranger can ask for; gives all answers. */
async function knock({ url }: Service): Promise<string> {
  const basic = `Basic ${Buffer.from(`operator:${SECRETS.board}x`).toString('base64')}`;
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
  const requests: [string, RequestInit?][] = [
    ['/readyz'],
    ['/metrics'],
    ['/v1/workspaces', bearer(SECRETS.key.slice(0, -1))],
    ['/v1/workspaces', bearer(SECRETS.key)],
    ['/queues/api/queues', { headers: { authorization: basic } }],
    [`/nothing?token=${SECRETS.key}`],
  ];
  const answers = requests.map(async ([path, init]) => {
    const response = await fetch(url + path, init);
    return `${JSON.stringify([...response.headers])}\n${await response.text()}`;
  });
  return (await Promise.all(answers)).join('\n');
}

/** Where the trouble shows: in the log, or in what /readyz answers. */
async function untilTrouble(service: Service, trouble: RegExp): Promise<void> {
  await until(
    `${trouble} shows. It wrote:\n${service.output()}`,
    async () => trouble.test(`${service.output()}\n${await (await fetch(`${service.url}/readyz`)).text()}`),
    45_000,
  );
}

describe('processes that run tell no secret', () => {
  test.each<[string, () => NodeJS.ProcessEnv, RegExp, RegExp]>([
    ['with wrong passwords', () => ({}), /WRONGPASS/, /password authentication failed/],
    [
      'with servers that are not there',
      () => ({
        REDIS_URL: redisAt(6379).replace('127.0.0.1', 'nowhere.invalid'),
        DATABASE_URL: postgresAt(1),
      }),
      /ENOTFOUND|EAI_AGAIN/,
      /ECONNREFUSED|is reachable/,
    ],
    [
      'with a Redis that is none',
      () => ({ REDIS_URL: redisAt(postgres.port) }),
      /redis connection failed|Redis: /,
      /password authentication failed/,
    ],
  ])(
    '%s',
    async (_what, changes, troubleOfRedis, troubleOfPostgres) => {
      const knockAt = async (name: Name) => {
        const service = await start(mainOf(name), changes());
        expect(service.url).not.toBe('');
        await untilTrouble(service, troubleOfRedis);
        if (name === 'dispatcher') await untilTrouble(service, troubleOfPostgres);
        const answers = await knock(service);
        const called = commandLine(service);
        await service.process.stop(10_000);
        return [service.output(), answers, called].join('\n');
      };
      for (const written of await Promise.all(SERVICES.map(knockAt))) expectNoSecret(written);
    },
    180_000,
  );

  test('with all secrets in files, and everything in order', async () => {
    const knockAt = async (name: Name) => {
      const file = (setting: string, value: string) => secretFile(folder.path, `${name}-${setting}`, value);
      const service = await start(mainOf(name), {
        REDIS_URL: undefined,
        REDIS_URL_FILE: file('redis', redis.urlOf(name)),
        DATABASE_URL: undefined,
        DATABASE_URL_FILE: file('postgres', postgres.url),
        FAIRLEAD_BOARD_PASSWORD: undefined,
        FAIRLEAD_BOARD_PASSWORD_FILE: file('board', SECRETS.board),
        FAIRLEAD_BOOTSTRAP_KEY: undefined,
        FAIRLEAD_BOOTSTRAP_KEY_FILE: file('key', SECRETS.key),
        FAIRLEAD_HTTP_SIGNING_SECRET: undefined,
        FAIRLEAD_HTTP_SIGNING_SECRET_FILE: file('signing', SECRETS.signing),
        OTEL_EXPORTER_OTLP_HEADERS: undefined,
        OTEL_EXPORTER_OTLP_HEADERS_FILE: file('otlp', `x-key=${SECRETS.otlp}`),
      });
      await until(`${name} is ready`, async () => (await fetch(`${service.url}/readyz`)).ok, 60_000);
      const answers = await knock(service);
      const called = commandLine(service);
      await service.process.stop(10_000);
      return [service.output(), answers, called].join('\n');
    };
    for (const written of await Promise.all(SERVICES.map(knockAt))) expectNoSecret(written);
  }, 180_000);
});

describe('processes that refuse to start tell no secret', () => {
  const SCRIPTS = [...SERVICES.map(mainOf), 'packages/ledger/src/migrate-main.ts'];

  test.each<[string, () => NodeJS.ProcessEnv]>([
    [
      'for values that are no good',
      () => ({
        REDIS_URL: `http://u:${SECRETS.redis}@127.0.0.1`,
        DATABASE_URL: `mysql://u:${SECRETS.postgres}@127.0.0.1/x`,
        FAIRLEAD_BOARD_PASSWORD: SECRETS.board.slice(0, 11),
        FAIRLEAD_BOOTSTRAP_KEY: SECRETS.key.slice(0, 40),
        FAIRLEAD_HTTP_SIGNING_SECRET: SECRETS.redis,
        OTEL_EXPORTER_OTLP_HEADERS: SECRETS.otlp,
      }),
    ],
    [
      'for URLs that cannot be decoded',
      () => ({
        REDIS_URL: `redis://u:%zz${SECRETS.redis}@127.0.0.1:1`,
        DATABASE_URL: `postgresql://u:%zz${SECRETS.postgres}@127.0.0.1:1/x`,
      }),
    ],
    [
      'for secrets in two places, and paths that are secrets',
      () => ({
        REDIS_URL_FILE: SECRETS.redis,
        DATABASE_URL_FILE: secretFile(folder.path, 'twice', postgresAt(1)),
        FAIRLEAD_BOARD_PASSWORD: undefined,
        FAIRLEAD_BOARD_PASSWORD_FILE: SECRETS.board,
      }),
    ],
  ])(
    '%s',
    async (_what, changes) => {
      for (const refused of await Promise.all(SCRIPTS.map((script) => start(script, changes())))) {
        expect(refused.url).toBe('');
        expect((await refused.process.exited).code).toBeGreaterThan(0);
        expect(refused.output()).not.toBe('');
        expect(refused.output()).not.toMatch(/^ +at /m);
        expectNoSecret(refused.output());
      }
    },
    180_000,
  );

  test.each([
    ['a wrong password', () => postgresAt(postgres.port), /password/],
    ['a server that is not there', () => postgresAt(1), /reachable|ECONNREFUSED/],
  ])('for %s: the migrations', async (_what, url, reason) => {
    const refused = await start('packages/ledger/src/migrate-main.ts', { DATABASE_URL: url() });
    expect((await refused.process.exited).code).toBe(1);
    expect(refused.output()).toMatch(reason);
    expectNoSecret(refused.output());
  });
});
