import { type PrivatePostgres, startPrivatePostgres } from '../servers/postgres.ts';
import { type PrivateRedis, startPrivateRedis } from '../servers/redis.ts';
import type { Part } from '../supervisor/supervise.ts';

/** A server with an address that the services need. */
export type ServerPart = Part & { readonly url: () => string };

/** The private Redis as a part; after a crash it comes back with its data on the same port. */
export function redisPart(dataDir: string, logFile: string): ServerPart {
  let last: PrivateRedis | undefined;
  return {
    name: 'Redis',
    url: () => last?.url ?? '',
    launch: async () => {
      const server = await startPrivateRedis({
        dataDir,
        logFile,
        ...(last === undefined ? {} : { port: last.port }),
      });
      last = server;
      return {
        detail: `${server.version} on 127.0.0.1:${server.port}`,
        exited: server.exited,
        lastLines: server.lastLines,
        stop: server.stop,
        kill: () => void server.kill('SIGKILL'),
      };
    },
  };
}

/** The private PostgreSQL as a part; after a crash it comes back with its data on the same port. */
export function postgresPart(dataDir: string, logFile: string): ServerPart {
  let last: PrivatePostgres | undefined;
  return {
    name: 'PostgreSQL',
    url: () => last?.url ?? '',
    launch: async () => {
      const server = await startPrivatePostgres({
        dataDir,
        logFile,
        ...(last === undefined ? {} : { port: last.port }),
      });
      last = server;
      return {
        detail: `${server.version} on 127.0.0.1:${server.port}`,
        exited: server.exited,
        lastLines: server.lastLines,
        stop: server.stop,
        // Immediate shutdown: its children go with it, which SIGKILL would leave to find out by themselves.
        kill: () => void server.kill('SIGQUIT'),
      };
    },
  };
}
