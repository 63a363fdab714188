import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type OwnedProcess, startOwnedProcess } from './owned-process.ts';
import { freePort } from './ports.ts';
import {
  canReach,
  postgresPrograms,
  postgresUser,
  type SystemUser,
  sqlClientClass,
} from './postgres-files.ts';
import { endRecordedProcess, recordProcess } from './process-identity.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface PrivatePostgresOptions {
  /** Kept after the stop, and may be started again. Default: a temporary folder that is removed at the stop. */
  readonly dataDir?: string;
  /** Settings as in postgresql.conf. */
  readonly config?: Readonly<Record<string, string>>;
  /** Gets its output. Default: `server.log` in the data folder. */
  readonly logFile?: string;
  /** Only to come back on the port of an earlier start. Default: any free one. */
  readonly port?: number;
}

export interface PrivatePostgres {
  /** Of the database `postgres`, with the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Like `18.4`. */
  readonly version: string;
  readonly dataDir: string;
  /** Resolves when the process has ended, asked or not. */
  readonly exited: OwnedProcess['exited'];
  readonly lastLines: () => string[];
  /** Runs one statement, on the database `postgres` if no other is named, and gives the rows. */
  readonly query: (sql: string, databaseUrl?: string) => Promise<Record<string, unknown>[]>;
  /** Makes a database, empty or as a copy of another one; gives its URL. */
  readonly createDatabase: (name: string, template?: string) => Promise<string>;
  /** Ends it in order (sessions are cut, a checkpoint is written); resolves when it has gone. */
  readonly stop: () => Promise<void>;
  /** Sends a signal, for tests; resolves when it has gone after SIGKILL, else at once. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const ATTEMPTS = 5;

/** Fast shutdown. SIGTERM would wait for every client to leave first. */
const STOP_SIGNAL = 'SIGINT';

/**
 * A PostgreSQL 18 of our own on loopback: free port, own data folder, a random password. Resolves when it answers a
 * query. It cannot outlive this process. Throws when it does not come up, with its last lines.
 */
export async function startPrivatePostgres(options: PrivatePostgresOptions = {}): Promise<PrivatePostgres> {
  const user = postgresUser();
  if (options.dataDir !== undefined && !canReach(user, dirname(options.dataDir))) {
    throw new Error(
      `PostgreSQL runs as the user "postgres", who cannot reach ${options.dataDir}. ` +
        'Choose a folder outside of a closed one like /root.',
    );
  }
  const folder = options.dataDir === undefined ? temporaryFolder('postgres') : undefined;
  const dataDir = folder?.path ?? (options.dataDir as string);
  mkdirSync(dataDir, { recursive: true });
  if (user !== undefined) chownSync(dataDir, user.uid, user.gid);
  const pidFile = join(dataDir, 'server.pid');
  await endRecordedProcess(pidFile, STOP_SIGNAL);

  const programs = postgresPrograms(user);
  const cluster = join(dataDir, 'cluster');
  const password = await initialise(programs, dataDir, cluster, user);

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
    const server = await spawnPostgres(options, programs, dataDir, cluster, port, user);
    recordProcess(pidFile, server.pid);
    const state = await waitUntilReady(server, url);
    if (typeof state === 'object') {
      const stop = async () => {
        await server.stop(STOP_DEADLINE_MS);
        await folder?.remove();
      };
      return handleOf(server, { url, port, version: state.version, dataDir, stop });
    }
    await server.stop(STOP_DEADLINE_MS);
    const lines = server.lastLines().slice(-10).join('\n  ');
    // After a SIGKILL the old server's children need a moment to notice and to let go of its shared memory.
    const mayPass = /address already in use|could not bind|pre-existing shared memory/i.test(lines);
    if (!mayPass || attempt === ATTEMPTS) {
      await folder?.remove();
      throw new Error(`The private PostgreSQL did not start (${state}). Its last lines:\n  ${lines}`);
    }
    await sleep(200);
  }
}

function handleOf(
  server: OwnedProcess,
  known: Pick<PrivatePostgres, 'url' | 'port' | 'version' | 'dataDir' | 'stop'>,
): PrivatePostgres {
  const { pid, exited, lastLines } = server;
  const query = (sql: string, databaseUrl = known.url) => runQuery(databaseUrl, sql);
  return {
    ...known,
    pid,
    exited,
    lastLines,
    query,
    createDatabase: async (name, template) => {
      await query(`CREATE DATABASE "${name}"${template === undefined ? '' : ` TEMPLATE "${template}"`}`);
      return known.url.replace(/\/postgres$/, `/${name}`);
    },
    kill: async (signal) => {
      server.kill(signal);
      if (signal === 'SIGKILL') await server.exited;
    },
  };
}

/** Makes the cluster when there is none yet; gives its password. Locale `C.UTF-8` of PostgreSQL's own on every system. */
async function initialise(programs: string, dataDir: string, cluster: string, user: SystemUser | undefined) {
  const passwordFile = join(dataDir, 'password');
  if (existsSync(join(cluster, 'PG_VERSION')) && existsSync(passwordFile))
    return readFileSync(passwordFile, 'utf8').trim();
  rmSync(cluster, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    '--pgdata',
    cluster,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
  ];
  args.push(
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
  );
  await promisify(execFile)(join(programs, 'initdb'), args, { cwd: dataDir, ...user });
  return password;
}

function spawnPostgres(
  options: PrivatePostgresOptions,
  programs: string,
  dataDir: string,
  cluster: string,
  port: number,
  user: SystemUser | undefined,
): Promise<OwnedProcess> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // TCP only: the default socket folder is shared with other servers, or does not exist.
    unix_socket_directories: '',
    ...options.config,
  };
  return startOwnedProcess({
    command: join(programs, 'postgres'),
    args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: dataDir,
    user,
    stopSignal: STOP_SIGNAL,
    logFile: options.logFile ?? join(dataDir, 'server.log'),
  });
}

async function waitUntilReady(
  server: OwnedProcess,
  url: string,
): Promise<{ version: string } | 'exited' | 'timed out'> {
  const deadlineMs = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadlineMs) {
    if (server.hasExited()) return 'exited';
    // The password is random, so only our own server can answer.
    const rows = await runQuery(url, 'SHOW server_version').catch(() => []);
    if (rows[0] !== undefined) return { version: String(rows[0].server_version) };
    await sleep(30);
  }
  return 'timed out';
}

async function runQuery(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new (sqlClientClass())({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is stopped while we are connected says so through this event; the call itself rejects too.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}
