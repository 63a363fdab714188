/** A server that answers as a test says, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer, or `hang up`: the connection ends without one. */
export type Reply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'hang up';

export interface Server {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** Answers the first request with the first reply, and so on; the last one is for all that follow. */
export async function serve(...replies: readonly Reply[]): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer(async (req, res) => {
    const reply = replies[Math.min(asked.length, replies.length - 1)] ?? 'hang up';
    const { method = '', url: path = '', headers } = req;
    const at = asked.push({ method, path, headers, body: '' }) - 1;
    let body = '';
    for await (const chunk of req) body += chunk;
    asked[at] = { method, path, headers, body };
    answer(res, reply);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(res: ServerResponse, reply: Reply): void {
  if (reply === 'hang up') {
    res.destroy();
    return;
  }
  const { status, headers = {}, body } = reply;
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  res.writeHead(status, { 'content-type': type, ...headers });
  res.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

/** A problem document with what matters to the client. */
export function problem(status: number, code: string, more: object = {}) {
  return {
    type: `urn:fairlead:problem:${code}`,
    title: code,
    status,
    code,
    detail: `It is ${code}.`,
    ...more,
  };
}
