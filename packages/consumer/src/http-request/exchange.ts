import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Agents } from './agents.ts';

export interface Question {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether there was more than `MAX_BODY_BYTES`; what was beyond is not read. */
  readonly cut: boolean;
}

export const MAX_BODY_BYTES = 65_536;

/**
 * One request and its answer. Rejects with what the connection failed with, an AddressRefused, or the abort.
 *
 * A kept connection may be closed by the other side just as we write to it. That says nothing about the endpoint, so the
 * request is sent once more on the spot; should it have been taken after all, its `idempotency-key` tells.
 */
export async function exchange(question: Question, agents: Agents, signal: AbortSignal): Promise<Answer> {
  try {
    return await askOnce(question, agents, signal);
  } catch (error) {
    if (!(error instanceof ClosedWhileIdle)) throw error;
  }
  return askOnce(question, agents, signal).catch((error) => {
    throw error instanceof ClosedWhileIdle ? error.cause : error;
  });
}

class ClosedWhileIdle extends Error {}

function askOnce(question: Question, agents: Agents, signal: AbortSignal): Promise<Answer> {
  const { url, method, headers, body } = question;
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const asking = request(url, { method, headers, signal, agent: agents.forProtocol(url.protocol) });
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const stale = asking.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new ClosedWhileIdle('', { cause: error }) : error);
    });
    let answered = false;
    asking.on('response', (response) => {
      answered = true;
      readAnswer(response).then(resolve, reject);
    });
    // An end without an error: Node drops a connection that switches protocols (101) without a word, and a promise that
    // never settles would hold the replica's slot for good.
    asking.on('close', () => {
      if (!answered) reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' }));
    });
    asking.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop ends the connection: an endless answer ends here.
    if (bytes > MAX_BODY_BYTES) break;
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES),
    cut: bytes > MAX_BODY_BYTES,
  };
}
