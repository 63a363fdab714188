import {
  type PrivateRedis,
  type PrivateRedisOptions,
  startPrivateRedis,
  temporaryFolder,
} from '@fairlead/local';
import { sendCommand } from './send-command.ts';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Of its data: the append-only file is in `appendonlydir`. */
  readonly dataDir: string;
  /** One command, past everything that is tested; gives the raw answer. */
  readonly command: (...words: readonly string[]) => Promise<string>;
  /** Of the running server; changes with `restart`. */
  readonly pid: () => number;
  /** SIGSTOP freezes it and SIGCONT thaws it; SIGKILL resolves when it has gone. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again after `kill` or `halt`, on the same port and data. */
  readonly restart: () => Promise<void>;
  /** Ends it in order and keeps its data for `restart`. */
  readonly halt: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/**
 * A Redis for one test file. Start it in `beforeAll`, stop it in `afterAll`; should the file forget, it ends with the
 * process. It is empty, never the one on 6379, and REDIS_URL is not looked at.
 */
export async function privateRedis(options: Pick<PrivateRedisOptions, 'config'> = {}): Promise<TestRedis> {
  const folder = temporaryFolder('test-redis');
  let server: PrivateRedis = await startPrivateRedis({ ...options, dataDir: folder.path });
  const { url, port } = server;
  return {
    url,
    port,
    dataDir: folder.path,
    command: (...words) => sendCommand(port, words),
    pid: () => server.pid,
    kill: (signal) => server.kill(signal),
    halt: () => server.stop(),
    restart: async () => {
      server = await startPrivateRedis({ ...options, dataDir: folder.path, port });
    },
    stop: async () => {
      // A frozen server takes no SIGTERM.
      await server.kill('SIGCONT');
      await server.stop();
      await folder.remove();
    },
  };
}
