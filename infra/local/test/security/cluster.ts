/** The services as processes, on a Redis with users and a Postgres of their own, with all that they write at hand. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OwnedProcess, startOwnedProcess } from '../../src/servers/owned-process.ts';
import { freePort } from '../../src/servers/ports.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../src/servers/postgres.ts';
import { temporaryFolder } from '../../src/servers/temporary-folder.ts';
import { until } from '../until.ts';

export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** The files of `infra/redis/start.sh`, and whose they are. */
export const REDIS_USERS = [
  'admin',
  'dispatcher',
  'consumer',
  'controller',
  'board',
  'board-actions',
] as const;
export type RedisUser = (typeof REDIS_USERS)[number];

export interface RedisWithUsers {
  readonly port: number;
  readonly passwords: Readonly<Record<RedisUser, string>>;
  readonly urlOf: (user: RedisUser) => string;
  /** One command as `admin`; gives the raw answer. */
  readonly command: (...words: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<unknown>;
}

/** What `infra/redis/start.sh` starts, on a free port and with passwords of our own. */
export async function startRedisWithUsers(): Promise<RedisWithUsers> {
  const folder = temporaryFolder('redis-users');
  const secrets = join(folder.path, 'secrets');
  mkdirSync(secrets);
  const passwords = {} as Record<RedisUser, string>;
  for (const user of REDIS_USERS) {
    passwords[user] = secretOf(`redis-${user}`);
    writeFileSync(join(secrets, user), `${passwords[user]}\n`);
  }
  const port = await freePort();
  const server = await startOwnedProcess({
    command: 'sh',
    args: [join(ROOT, 'infra/redis/start.sh'), '--bind', '127.0.0.1', '--dir', folder.path],
    env: {
      ...process.env,
      SECRETS_DIR: secrets,
      ACL_FILE: join(folder.path, 'users.acl'),
      PORT: String(port),
    },
    stopSignal: 'SIGTERM',
  });
  const command = (...words: readonly string[]) =>
    ask(port, [['AUTH', 'admin', passwords.admin], words]).then((answer) => answer.replace(/^\+OK\r\n/, ''));
  await until(
    `Redis answers. It wrote:\n${server.lastLines().join('\n')}`,
    () =>
      command('PING').then(
        (answer) => answer.startsWith('+PONG'),
        () => false,
      ),
    30_000,
  );
  return {
    port,
    passwords,
    urlOf: (user) => `redis://${user}:${passwords[user]}@127.0.0.1:${port}`,
    command,
    stop: async () => {
      await server.stop(10_000);
      await folder.remove();
    },
  };
}

/** Sends commands on one connection; gives all that comes back until it is closed. */
function ask(port: number, commands: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer.replace(/\+OK\r\n$/, '')));
    const resp = [...commands, ['QUIT']].map(
      (words) =>
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
    socket.write(resp.join(''));
  });
}

/** A secret that can be found again in whatever a process writes. */
export function secretOf(name: string): string {
  return `canary-${name}-${randomBytes(12).toString('hex')}`;
}

export interface Service {
  /** From its "listening" line. */
  readonly url: string;
  readonly output: () => string;
  readonly process: OwnedProcess;
}

/** The environment of a test, without what would lead a service elsewhere. */
function baseEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, REDIS_URL: _redis, DATABASE_URL: _postgres, ...rest } = process.env;
  return { ...rest, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'trace' };
}

/** Runs a TypeScript file; resolves when it listens, or has ended. */
export async function run(script: string, env: NodeJS.ProcessEnv): Promise<Service> {
  const lines: string[] = [];
  let url = '';
  const owned = await startOwnedProcess({
    command: process.execPath,
    args: ['--conditions=development', join(ROOT, script)],
    env: { ...baseEnv(), ...env },
    stopSignal: 'SIGTERM',
    onLine: (line) => {
      lines.push(line);
      url ||= /"url":"([^"]+)".*"msg":"listening"/.exec(line)?.[1] ?? '';
    },
  });
  await until(`${script} listens`, () => url !== '' || owned.hasExited(), 60_000);
  return { url, output: () => lines.join('\n'), process: owned };
}

export const mainOf = (service: 'dispatcher' | 'consumer' | 'board') => `services/${service}/src/main.ts`;

/** A PostgreSQL with the tables of the ledger. */
export async function startMigratedPostgres(): Promise<PrivatePostgres> {
  const postgres = await startPrivatePostgres({ config: { fsync: 'off' } });
  const migration = await run('packages/ledger/src/migrate-main.ts', { DATABASE_URL: postgres.url });
  const { code } = await migration.process.exited;
  if (code !== 0) throw new Error(`The migrations failed:\n${migration.output()}`);
  return postgres;
}

export interface Collector {
  readonly url: string;
  /** All bytes that came, as Latin-1, so that plain text in them can be found. */
  readonly received: () => string;
  readonly close: () => void;
}

/** Takes whatever OTLP exporters send. */
export async function startCollector(): Promise<Collector> {
  const chunks: Buffer[] = [];
  const server = createServer((req, res) => {
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => res.end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => Buffer.concat(chunks).toString('latin1'),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Writes a file that only this user may read; gives its path. */
export function secretFile(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${content}\n`);
  chmodSync(path, 0o600);
  return path;
}
