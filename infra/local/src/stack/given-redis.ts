import { connect } from 'node:net';

const DEADLINE_MS = 5_000;

/**
 * Looks whether somebody listens at REDIS_URL before anything is built on it, and gives the address without secrets.
 * Whether it is a Redis, and one that lets us in, the dispatcher's readiness tells.
 */
export async function givenRedis(redisUrl: string): Promise<string> {
  const { protocol, hostname, port } = new URL(redisUrl);
  const address = `${protocol}//${hostname}:${port || 6379}`;
  const failure = await tryToConnect(hostname.replace(/^\[|\]$/g, ''), Number(port || 6379));
  if (failure === undefined) return `yours, ${address}`;
  throw new Error(
    `Nobody answers at REDIS_URL (${address}): ${failure}. Start it, or unset REDIS_URL for a private one.`,
  );
}

function tryToConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: DEADLINE_MS });
    const finish = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', () => finish());
    socket.once('timeout', () => finish('no answer within 5 s'));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
