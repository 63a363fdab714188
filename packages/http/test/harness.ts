import { connect } from 'node:net';
import type { Express, Router } from 'express';
import express from 'express';
import { pino } from 'pino';
import { type AnsweredRequest, createServiceApp, type RunningServer, startServer } from '../src/index.ts';

export interface Harness {
  readonly app: Express;
  readonly server: RunningServer;
  readonly url: string;
  readonly logs: () => Record<string, unknown>[];
  readonly logText: () => string;
  readonly answered: AnsweredRequest[];
  /** The next request that is answered, or whose client is gone. */
  readonly nextAnswered: () => Promise<AnsweredRequest>;
}

/** A service app with some routes on a real server, and its log. */
export async function startHarness(
  define: (routes: Router) => void,
  readiness: () => Promise<void> = async () => {},
): Promise<Harness> {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const routes = express.Router();
  define(routes);
  const answered: AnsweredRequest[] = [];
  let next = Promise.withResolvers<AnsweredRequest>();
  const app = createServiceApp({
    logger,
    readiness,
    metrics: (_req, res) => void res.type('text/plain').send('up 1\n'),
    routes,
    onAnswered: (request) => {
      answered.push(request);
      next.resolve(request);
      next = Promise.withResolvers();
    },
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  return {
    app,
    server,
    url: server.url,
    answered,
    nextAnswered: () => next.promise,
    logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    logText: () => lines.join(''),
  };
}

/** Writes raw bytes to a port and gives all that came back until the other side closed. */
export function rawExchange(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => void chunks.push(chunk));
    socket.on('error', (error) =>
      chunks.length > 0 ? resolve(Buffer.concat(chunks).toString()) : reject(error),
    );
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    for (const part of parts) socket.write(part);
  });
}
