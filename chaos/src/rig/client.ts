/** A client of the dispatcher that keeps its connections and tells an answer from none. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Reply =
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
  | { readonly outcome: 'answered'; readonly status: number; readonly body: any }
  /** The connection was lost first: nobody knows. */
  | { readonly outcome: 'no_answer'; readonly reason: string };

export interface Client {
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** Adds one job. */
  add(job: JobToPost): Promise<Reply>;
  /** Adds one job and asks again under the same key until there is a 2xx; gives its id. */
  addSurely(job: JobToPost & { readonly key: string }, deadlineMs?: number): Promise<string>;
  /** Adds many in batches. @throws Error when one is refused */
  addMany(jobs: readonly JobToPost[]): Promise<string[]>;
  close(): void;
}

export interface JobToPost {
  readonly workspace?: string;
  readonly type?: string;
  readonly payload?: unknown;
  /** The Idempotency-Key. */
  readonly key?: string;
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
}

const TIMEOUT_MS = 20_000;
const BATCH = 10_000;
const DEFAULT_JOB = { workspace: 'acme', type: 'work', payload: {} };

export function createClient(url: string, apiKey: string, connections = 64): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });

  function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve) => {
      const none = (error: Error) => resolve({ outcome: 'no_answer', reason: error.message });
      const sending = request(
        url + path,
        {
          method,
          agent,
          timeout: TIMEOUT_MS,
          headers: {
            authorization: `Bearer ${apiKey}`,
            ...(text === ''
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', none);
          response.on('aborted', () => none(new Error('the answer was cut off')));
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString();
            const { statusCode: status = 0 } = response;
            resolve({ outcome: 'answered', status, body: answer === '' ? undefined : JSON.parse(answer) });
          });
        },
      );
      sending.on('timeout', () => sending.destroy(new Error(`no answer for ${TIMEOUT_MS} ms`)));
      sending.on('error', none);
      sending.end(text);
    });
  }

  function add(job: JobToPost): Promise<Reply> {
    const { workspace, key, ...body } = { ...DEFAULT_JOB, ...job };
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return call('POST', `/v1/workspaces/${workspace}/jobs`, body, headers);
  }

  return {
    call,
    add,
    async addSurely(job, deadlineMs = 60_000) {
      const untilMs = performance.now() + deadlineMs;
      for (;;) {
        const reply = await add(job);
        if (reply.outcome === 'answered' && reply.status < 300) return reply.body.id;
        if (performance.now() > untilMs) {
          throw new Error(`No 2xx for ${job.key} in ${deadlineMs} ms; the last: ${JSON.stringify(reply)}`);
        }
        // As a client should: not at once, and soon.
        await sleep(50);
      }
    },
    async addMany(jobs) {
      const ids: string[] = [];
      for (let from = 0; from < jobs.length; from += BATCH) {
        const lines = jobs.slice(from, from + BATCH).map((job) => JSON.stringify({ ...DEFAULT_JOB, ...job }));
        const reply = await call('POST', '/v1/jobs:batch', lines.join('\n'), {
          'content-type': 'application/x-ndjson',
        });
        if (reply.outcome !== 'answered' || reply.body?.refused !== 0) {
          throw new Error(`A batch was not accepted: ${JSON.stringify(reply).slice(0, 500)}`);
        }
        for (const result of reply.body.results) ids.push(result.id);
      }
      return ids;
    },
    close: () => agent.destroy(),
  };
}

/** Calls `work` for 0 … count − 1, so many at a time, and gives what it gave, in order. */
export async function many<T>(
  count: number,
  atATime: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, lane));
  return results;
}
