/** Endpoints on loopback, and runs of the handler without a replica. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import { INVALID_SPAN_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import type { z } from 'zod';
import { createHttpRequest } from '../../src/http-request/handler.ts';
import { httpRequestInput } from '../../src/http-request/input.ts';
import type { HttpRequestOptions } from '../../src/http-request/options.ts';
import type { HttpRequestResult } from '../../src/http-request/result.ts';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly requests: Received[];
  /** Connections that were ever opened to it. */
  readonly connections: () => number;
  /** Connections that are open. */
  readonly open: () => number;
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** An endpoint that ends with the test; `answer` has the whole request. */
export async function endpoint(
  answer: (request: Received, response: ServerResponse, nth: number) => void = (_, response) =>
    void response.end(),
  address: { readonly host?: string; readonly port?: number } = {},
): Promise<Endpoint> {
  const requests: Received[] = [];
  let connections = 0;
  let open = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: Buffer.concat(chunks).toString() };
    requests.push(received);
    answer(received, response, requests.length);
  });
  server.on('connection', (socket) => {
    connections++;
    open++;
    socket.on('close', () => void open--);
  });
  const host = address.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port ?? 0, host, resolve);
  });
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, requests, connections: () => connections, open: () => open };
}

/** A server that speaks whatever `serve` does; gives its port, and ends with the test. */
export async function rawEndpoint(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export interface Run {
  readonly id?: string;
  readonly workspace?: string;
  readonly signal?: AbortSignal;
  readonly span?: SpanContext;
}

/** A handler that may reach 127.0.0.0/8, unless the options say otherwise. */
export function requester(options: Partial<HttpRequestOptions> = {}) {
  const handler = createHttpRequest({ secretsFor: () => [SECRET], allow: ['127.0.0.0/8'], ...options });
  return async (input: z.input<typeof httpRequestInput>, run: Run = {}): Promise<HttpRequestResult> => {
    const { id = '0199f3a2-7c1e-7000-8000-000000000001', workspace = 'acme' } = run;
    const job = { id, workspace, type: 'http.request', attempt: 1, maxAttempts: 3, createdAtMs: 0 };
    return (await handler.run(
      { ...job, input: httpRequestInput.parse(input) },
      {
        signal: run.signal ?? new AbortController().signal,
        progress: async () => {},
        log: async () => {},
        attempt: 1,
        idempotencyKey: id,
        span: trace.wrapSpanContext(run.span ?? INVALID_SPAN_CONTEXT),
        once: () => Promise.reject(new Error('not used here')),
      },
    )) as HttpRequestResult;
  };
}

/** What a promise rejects with. */
export function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    (value) => Promise.reject(new Error(`expected a failure, got ${JSON.stringify(value)}`)),
    (error: Error) => error,
  );
}
