/** The hand-written half of the client: errors, retries, pages and streams around the generated calls. */
import createFetchClient from 'openapi-fetch';
import type { paths } from './generated/api.ts';
import { TABLE } from './generated/table.ts';
import { ApiProblem, isProblem, NoAnswerError, StrangeAnswerError } from './problem.ts';
import { type RetryOptions, retrying, type Send } from './retry.ts';
import type { CallOptions, Calls, Input, ItemOf, OperationId, PagedId, Schemas } from './types.ts';

export interface ClientOptions {
  /** Of the dispatcher, as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** As `flk_…`; without it only what is open can be asked for. */
  readonly apiKey?: string | undefined;
  /** What sends a request; default: the global `fetch`. */
  readonly fetch?: Send;
  /** False: every call is sent once. */
  readonly retry?: RetryOptions | false;
}

export type Client = Omit<Calls, 'addJobs'> & {
  /**
   * Adds jobs while they come from an iterable, in one request and bounded memory: 10,000 and 64 MiB at most. Never
   * sent twice: without a key for each job, a second time would add them a second time.
   */
  addJobs(
    jobs: Iterable<Schemas['BatchItem']> | AsyncIterable<Schemas['BatchItem']>,
    options?: CallOptions,
  ): Promise<Schemas['AddJobsAnswer']>;
  /** All that a list has, page by page while it is read: `for await (const job of client.each('listJobs', …))`. */
  each<Id extends PagedId>(id: Id, input: Input<Id>): AsyncGenerator<ItemOf<Id>, void, undefined>;
};

/**
 * A client of a dispatcher, with a call for each operation of its API. All of them reject with `ApiProblem` for what
 * Fairlead refuses, `NoAnswerError` when none came, and `StrangeAnswerError` when it is not Fairlead that answers.
 */
export function createClient(options: ClientOptions): Client {
  const { url, apiKey, fetch: send = (request) => fetch(request), retry } = options;
  const http = createFetchClient<paths>({
    baseUrl: url,
    fetch: answered(retry === false ? send : retrying(send, retry)),
    ...(apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
  });

  async function request(id: OperationId, init: object): Promise<unknown> {
    const { method, path } = TABLE[id];
    // The table and the types are of one document; what goes between them is not typed again here.
    const untyped = http.request as (method: string, path: string, init: object) => Promise<Fetched>;
    const { data, error, response } = await untyped(method, path, init).catch((reason: unknown) => {
      if (reason instanceof SyntaxError) throw new StrangeAnswerError(url, 200, { cause: reason });
      throw reason;
    });
    if (response.ok) return data;
    throw isProblem(error) ? new ApiProblem(error) : new StrangeAnswerError(url, response.status);
  }

  function call(id: OperationId, input: Record<string, unknown> = {}): Promise<unknown> {
    const { inPath, inQuery } = TABLE[id];
    const { body, idempotencyKey, signal } = input;
    return request(id, {
      params: { path: pick(input, inPath), query: pick(input, inQuery) },
      ...(id === 'getMetrics' ? { parseAs: 'text' } : {}),
      ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async function* each(id: OperationId, input: Record<string, unknown>): AsyncGenerator<unknown> {
    let cursor = input['cursor'];
    do {
      const page = (await call(id, { ...input, ...(cursor === undefined ? {} : { cursor }) })) as Page;
      yield* Object.values(page).find(Array.isArray) ?? [];
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  const calls = Object.fromEntries(
    (Object.keys(TABLE) as OperationId[]).map((id) => [
      id,
      (input?: Record<string, unknown>) => call(id, input),
    ]),
  );
  return {
    ...(calls as unknown as Calls),
    each: each as Client['each'],
    async addJobs(jobs, { signal } = {}) {
      const text = lines(jobs);
      const answer = request('addJobs', {
        body: text.stream,
        bodySerializer: (body: unknown) => body,
        headers: { 'content-type': 'application/x-ndjson' },
        duplex: 'half',
        ...(signal === undefined ? {} : { signal }),
      });
      return answer.catch((error: unknown) => {
        throw text.failure()?.error ?? error;
      }) as Promise<Schemas['AddJobsAnswer']>;
    },
  };
}

interface Fetched {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

type Page = Readonly<Record<string, unknown>> & { readonly nextCursor: string | null };

/** A call that was aborted says so; any other failure of `send` is that no answer came. */
function answered(send: Send): Send {
  return (request) =>
    send(request).catch((error: unknown) => {
      if (request.signal.aborted) throw request.signal.reason;
      throw new NoAnswerError(new URL(request.url).origin, error);
    });
}

function pick(input: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );
}

const LINES_CHARS = 64 * 1024;

/** NDJSON in pieces of a size that is worth sending; `failure` is what the iterable threw. */
function lines(jobs: Iterable<unknown> | AsyncIterable<unknown>): {
  readonly stream: ReadableStream<Uint8Array>;
  failure(): { readonly error: unknown } | undefined;
} {
  let failure: { error: unknown } | undefined;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    let text = '';
    try {
      for await (const job of jobs) {
        text += `${JSON.stringify(job)}\n`;
        if (text.length < LINES_CHARS) continue;
        yield encoder.encode(text);
        text = '';
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
    if (text !== '') yield encoder.encode(text);
  }
  return { stream: ReadableStream.from(pieces()), failure: () => failure };
}
