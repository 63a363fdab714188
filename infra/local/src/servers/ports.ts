import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below those that systems give to whoever asks for any port, and to whoever connects. */
const RANGE = { from: 20_000, to: 32_000 } as const;
const ATTEMPTS = 100;

/**
 * A TCP port on loopback that was free a moment ago. Another process may take it before the caller binds, so whoever
 * starts a server on it must be ready to try again with another one. It is none that the system gives away: a server that is
 * started again finds its port free.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${RANGE.from} to ${RANGE.to} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port }, () => probe.close(() => resolve(true)));
  });
}
