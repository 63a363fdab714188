/** A board that listens, for tests: over a given source of queues, with a password of its own. */
import { createLogger, startServer } from '@fairlead/http';
import { type BoardAppOptions, createBoardApp } from '../src/app.ts';
import type { QueueSource } from '../src/shown-queues.ts';

export const USER = 'operator';
export const PASSWORD = 'a password for tests';
export const CREDENTIALS = basic(USER, PASSWORD);

export function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

export interface OpenBoard {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  /** Sends the password, and does not follow redirects. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  put(path: string, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export type OpenBoardOptions = Partial<Omit<BoardAppOptions, 'source'>>;

export async function openBoard(source: QueueSource, options: OpenBoardOptions = {}): Promise<OpenBoard> {
  const { app, close } = createBoardApp({
    source,
    logger: createLogger('board', 'silent'),
    metrics: (_req, res) => void res.type('text/plain').send('board_up 1\n'),
    password: { user: USER, password: PASSWORD },
    shownQueues: 100,
    actions: false,
    showPayloads: false,
    ...options,
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  const call =
    (method: string) =>
    (path: string, headers: Record<string, string> = {}) =>
      fetch(server.url + path, { method, redirect: 'manual', headers: { ...CREDENTIALS, ...headers } });
  return {
    url: server.url,
    port: server.port,
    get: call('GET'),
    put: call('PUT'),
    close: async () => {
      await server.close(1_000);
      await close();
    },
  };
}
