/** TLS to the Redis that `infra/redis/start.sh` starts: it is on when it is asked for, and never quietly off. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificateAuthority, privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createProducer, createScheduler, type RedisOptions, type Scheduler } from '../src/index.ts';

const START = fileURLToPath(new URL('../../../infra/redis/start.sh', import.meta.url));
const PASSWORD = 'only for tests';
const authority = certificateAuthority('Fairlead tests');

let plain: TestRedis;
/** The port of a server with a good certificate. */
let secure = 0;
let folder = '';
const children: ChildProcess[] = [];
const schedulers: Scheduler[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
  plain = await privateRedis();
  secure = await startTlsRedis(authority.issue('127.0.0.1', 'localhost'));
});
afterEach(async () => {
  for (const scheduler of schedulers.splice(0)) await scheduler.close();
});
afterAll(async () => {
  for (const child of children) {
    child.kill();
    await once(child, 'exit');
  }
  await plain.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** A Redis over TLS with this certificate; gives its port. */
async function startTlsRedis({ cert, key }: { cert: string; key: string }): Promise<number> {
  const port = await freePort();
  const home = join(folder, String(port));
  for (const name of ['secrets', 'tls', 'data']) mkdirSync(join(home, name), { recursive: true });
  writeFileSync(join(home, 'secrets', 'dispatcher'), PASSWORD);
  writeFileSync(join(home, 'tls', 'server.crt'), cert);
  writeFileSync(join(home, 'tls', 'server.key'), key);
  writeFileSync(join(home, 'tls', 'ca.crt'), authority.ca);
  const child = spawn('sh', [START, '--bind', '127.0.0.1', '--dir', join(home, 'data')], {
    env: {
      ...process.env,
      PORT: String(port),
      SECRETS_DIR: join(home, 'secrets'),
      ACL_FILE: join(home, 'users.acl'),
      TLS_DIR: join(home, 'tls'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await waitFor(() => output.includes('Ready to accept connections'), { what: 'Redis accepts connections' });
  return port;
}

/** A scheduler of the user `dispatcher`, and what it logs. */
function open(redis: RedisOptions): { scheduler: Scheduler; logged: string[] } {
  const logged: string[] = [];
  const log = (fields: object) => void logged.push(JSON.stringify(fields));
  const scheduler = createScheduler({ redis, logger: { info: log, warn: log, error: log } });
  schedulers.push(scheduler);
  return { scheduler, logged };
}

const urlAt = (port: number, host = '127.0.0.1', scheme = 'rediss') =>
  `${scheme}://dispatcher:${encodeURIComponent(PASSWORD)}@${host}:${port}`;

async function expectRefused(redis: RedisOptions, why: RegExp): Promise<void> {
  const { scheduler, logged } = open(redis);
  await expect(scheduler.ping(3_000)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await waitFor(() => logged.some((line) => why.test(line)), { what: `the log says ${why}` });
  expect(logged.join('\n')).not.toContain(PASSWORD);
}

describe('with rediss://', () => {
  test.each(['127.0.0.1', 'localhost'])(
    'jobs go to a server with the right authority, at %s',
    async (host) => {
      const { scheduler, logged } = open({ url: urlAt(secure, host), tlsCa: authority.ca });
      await scheduler.ping(5_000);
      await scheduler.writeGeneration();
      const [added] = await createProducer(scheduler).add([{ workspace: 'acme', id: 'one', type: 'work' }]);
      expect(added).toMatchObject({ outcome: 'added' });
      expect(logged).toEqual([]);
    },
  );

  test('a server without TLS is refused, however the URL is written, and gets no password', async () => {
    const url = urlAt(plain.port);
    const spellings = [
      url,
      url.replace('rediss', 'REDISS'),
      ...['?tls=', '?tls=false', '?rejectUnauthorized=false', '?path=/tmp/x'].map(
        (query) => `${url}/${query}`,
      ),
    ];
    await Promise.all(
      spellings.map((spelling) => expectRefused({ url: spelling }, /does not speak TLS at this port/)),
    );
    expect(await plain.command('INFO', 'commandstats')).not.toMatch(/cmdstat_(auth|client|hello)/);
  });

  test.each([
    ['another authority', () => certificateAuthority('Fairlead tests').ca],
    ['the authorities of Node, which do not know ours', () => undefined],
  ])('a server that is checked with %s is refused', async (_what, ca) => {
    await expectRefused(
      { url: urlAt(secure), tlsCa: ca() },
      /of no authority that is trusted: name the right one with REDIS_TLS_CA_FILE/,
    );
  });

  test('a switch of Node that turns checks off is not heeded', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expectRefused({ url: urlAt(secure) }, /of no authority that is trusted/);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('a certificate for another host is refused', async () => {
    const port = await startTlsRedis(authority.issue('redis.example'));
    await expectRefused(
      { url: urlAt(port), tlsCa: authority.ca },
      /for another host than the one in REDIS_URL/,
    );
  });
});

test('without TLS, a server that has only TLS is not spoken to', async () => {
  const { scheduler } = open({ url: urlAt(secure, '127.0.0.1', 'redis') });
  await expect(scheduler.ping(2_000)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
});

test('certificates for a server without TLS are a mistake that is told at once', () => {
  const redis = { url: 'redis://127.0.0.1:1', tlsCa: authority.ca };
  expect(() => createScheduler({ redis })).toThrow('There are certificates for a Redis without TLS.');
});
