import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OwnedProcess, startOwnedProcess } from './owned-process.ts';
import { freePort } from './ports.ts';
import { endRecordedProcess, recordProcess } from './process-identity.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface PrivateRedisOptions {
  /** Kept after the stop, and may be started again. Default: a temporary folder that is removed at the stop. */
  readonly dataDir?: string;
  /** Default: `redis-server` from the PATH. */
  readonly redisServer?: string;
  /** More arguments, like `['--maxmemory', '64mb']`. */
  readonly config?: readonly string[];
  /** Gets its output. Default: `server.log` in the data folder. */
  readonly logFile?: string;
  /** Only to come back on the port of an earlier start. Default: any free one. */
  readonly port?: number;
}

export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Like `7.0.15`. */
  readonly version: string;
  readonly dataDir: string;
  /** Resolves when the process has ended, asked or not. */
  readonly exited: OwnedProcess['exited'];
  readonly lastLines: () => string[];
  /** Ends it in order (SIGTERM: AOF is flushed); resolves when it has gone. */
  readonly stop: () => Promise<void>;
  /** Sends a signal, for tests; resolves when it has gone after SIGKILL or SIGTERM, else at once. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

const START_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 10_000;
const ATTEMPTS = 5;

/**
 * A Redis of our own on loopback: free port, own data folder, AOF fsynced every second, noeviction (BullMQ's
 * condition: an evicted key is a lost job). Resolves when it answers. It cannot outlive this process.
 * Throws when redis-server is missing or does not come up, with its last lines.
 */
export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const folder = options.dataDir === undefined ? temporaryFolder('redis') : undefined;
  const dataDir = options.dataDir ?? (folder?.path as string);
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, 'server.pid');
  await endRecordedProcess(pidFile, 'SIGTERM');

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const server = await spawnRedis(options, dataDir, port);
    recordProcess(pidFile, server.pid);
    const state = await waitUntilReady(server, port);
    if (typeof state === 'object') {
      const stop = async () => {
        await server.stop(STOP_DEADLINE_MS);
        await folder?.remove();
      };
      const kill = async (signal: NodeJS.Signals) => {
        server.kill(signal);
        if (signal === 'SIGKILL' || signal === 'SIGTERM') await server.exited;
      };
      const { pid, exited, lastLines } = server;
      const url = `redis://127.0.0.1:${port}`;
      return { url, port, pid, version: state.version, dataDir, exited, lastLines, stop, kill };
    }
    await server.stop(STOP_DEADLINE_MS);
    const lines = server.lastLines().slice(-10).join('\n  ');
    const portTaken = /already in use/i.test(lines);
    if (!portTaken || attempt === ATTEMPTS) {
      await folder?.remove();
      throw new Error(`The private redis-server did not start (${state}). Its last lines:\n  ${lines}`);
    }
    await sleep(100);
  }
}

async function spawnRedis(
  options: PrivateRedisOptions,
  dataDir: string,
  port: number,
): Promise<OwnedProcess> {
  const command = options.redisServer ?? 'redis-server';
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  try {
    return await startOwnedProcess({
      command,
      args: [...args, ...(options.config ?? [])],
      cwd: dataDir,
      stopSignal: 'SIGTERM',
      logFile: options.logFile ?? join(dataDir, 'server.log'),
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(dataDir)) throw cause;
    throw new Error(
      `There is no ${command} on the PATH. Install Redis 7.0 or newer (Debian and Ubuntu: apt-get install redis-server; ` +
        'macOS: brew install redis), or set REDIS_URL to a Redis that the stack may use.',
      { cause },
    );
  }
}

async function waitUntilReady(
  server: OwnedProcess,
  port: number,
): Promise<{ version: string } | 'exited' | 'timed out'> {
  const deadlineMs = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadlineMs) {
    if (server.hasExited()) return 'exited';
    const answer = await askInfo(port);
    // The process id must be ours: somebody else's Redis may have taken the port between the probe and the bind.
    if (answer.includes(`process_id:${server.pid}\r\n`) && answer.includes('loading:0')) {
      return { version: /redis_version:([^\r\n]+)/.exec(answer)?.[1] ?? 'unknown' };
    }
    await sleep(20);
  }
  return 'timed out';
}

/** The answer to INFO, or '' when nobody answers within a second. */
function askInfo(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port });
    const finish = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, finish);
    socket.on('error', finish);
    socket.on('connect', () => socket.write('INFO\r\nQUIT\r\n'));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', finish);
  });
}
