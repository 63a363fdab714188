import { createServer } from 'node:net';

/**
 * A TCP port on loopback that was free a moment ago. Another process may take it before the caller binds,
 * so whoever starts a server on it must be ready to try again with another one.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
