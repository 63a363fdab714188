/**
 * A listening server and its orderly end.
 *
 * `close` first makes the app say that it is not ready and refuse new requests, with 503 and
 * `Retry-After`, while the port stays open: a load balancer is told, instead of running into a closed
 * port. When the requests that were there have been answered, or at the deadline, everything is closed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { FairleadError } from '@fairlead/core';
import type { Express } from 'express';
import { beginDraining, isDraining } from './draining.ts';
import { problem } from './problem.ts';

export interface RunningServer {
  /** Like `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Ends it; `cutOff` counts the requests that the deadline left without an answer. Repeatable. */
  close(deadlineMs: number): Promise<{ readonly cutOff: number }>;
}

/** A batch of 64 MiB over a line of 5 Mbit/s. */
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Longer than clients keep idle connections, so that they close first and no request meets a closed one. */
const KEEP_ALIVE_MS = 65_000;

/** Listens; port 0 takes any free one. @throws FairleadError CONFIG_INVALID when the address cannot be had */
export async function startServer(
  app: Express,
  address: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const inFlight = new Set<ServerResponse>();
  let onIdle: (() => void) | undefined;
  function answer(req: IncomingMessage, res: ServerResponse): void {
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      answerClientError(new Error('HTTP/1.1 asks for a Host header'), req.socket);
      return;
    }
    if (!isDraining(app)) {
      inFlight.add(res);
      res.once('close', () => {
        inFlight.delete(res);
        if (inFlight.size === 0) onIdle?.();
      });
    }
    app(req, res);
  }
  // Node alone refuses these without a document: no Host, an expectation that it does not know (which may be
  // ignored), and CONNECT.
  const server = createServer({ requireHostHeader: false }, answer);
  server.on('checkExpectation', answer);
  server.on('connect', (_req, socket) => answerClientError(new Error('CONNECT'), socket));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('clientError', answerClientError);
  await listen(server, address);

  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  let closing: Promise<{ cutOff: number }> | undefined;

  async function close(deadlineMs: number): Promise<{ cutOff: number }> {
    beginDraining(app);
    await new Promise<void>((resolve) => {
      if (inFlight.size === 0) return resolve();
      onIdle = resolve;
      setTimeout(resolve, deadlineMs).unref();
    });
    const cutOff = inFlight.size;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    return { cutOff };
  }
  return {
    url: `http://${host}:${port}`,
    port,
    close: (deadlineMs) => (closing ??= close(deadlineMs)),
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new FairleadError('CONFIG_INVALID', `Cannot listen on ${host}:${port}: ${error.message}`, {
          fix: 'Choose another HOST or PORT; PORT=0 takes any free one.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

/** What is not even HTTP gets a problem document too. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const document =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? problem('HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? problem('REQUEST_TIMEOUT', 'The request did not arrive in time.')
        : problem('INVALID_REQUEST', 'This is not a valid HTTP request.');
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 ${document.status} ${document.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
