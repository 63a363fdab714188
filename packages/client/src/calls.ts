/** The hand-written half of the clients: errors, retries and pages around the generated calls. */
import createFetchClient from 'openapi-fetch';
import { ApiProblem, isProblem, NoAnswerError, StrangeAnswerError } from './problem.ts';
import { type RetryOptions, retrying, type Send } from './retry.ts';

export interface ClientOptions {
  /** Of the service, as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** As `flk_…`; without it only what is open can be asked for. */
  readonly apiKey?: string | undefined;
  /** What sends a request; default: the global `fetch`. */
  readonly fetch?: Send;
  /** False: every call is sent once. */
  readonly retry?: RetryOptions | false;
}

/** Where each operation is, and which of its parameters go where. */
export type Table<Id extends string> = Readonly<
  Record<
    Id,
    {
      readonly method: string;
      readonly path: string;
      readonly inPath: readonly string[];
      readonly inQuery: readonly string[];
    }
  >
>;

export interface OpenCalls<Id extends string> {
  /** Sends what is given in the form of openapi-fetch. */
  request(id: Id, init: object): Promise<unknown>;
  each(id: Id, input: Readonly<Record<string, unknown>>): AsyncGenerator<unknown>;
  readonly calls: Readonly<Record<Id, (input?: Record<string, unknown>) => Promise<unknown>>>;
}

/** The calls of a service. Their types are of the document that the table was made from, and not known here. */
export function openCalls<Id extends string>(table: Table<Id>, options: ClientOptions): OpenCalls<Id> {
  const { url, apiKey, fetch: send = (request) => fetch(request), retry } = options;
  const http = createFetchClient({
    baseUrl: url,
    fetch: answered(retry === false ? send : retrying(send, retry)),
    ...(apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
  });

  async function request(id: Id, init: object): Promise<unknown> {
    const { method, path } = table[id];
    const untyped = http.request as (method: string, path: string, init: object) => Promise<Fetched>;
    const { data, error, response } = await untyped(method, path, init).catch((reason: unknown) => {
      if (reason instanceof SyntaxError) throw new StrangeAnswerError(url, 200, { cause: reason });
      throw reason;
    });
    if (response.ok) return data;
    throw isProblem(error) ? new ApiProblem(error) : new StrangeAnswerError(url, response.status);
  }

  function call(id: Id, input: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const { inPath, inQuery } = table[id];
    const { body, idempotencyKey, signal } = input;
    return request(id, {
      params: { path: pick(input, inPath), query: pick(input, inQuery) },
      ...(id === 'getMetrics' ? { parseAs: 'text' } : {}),
      ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  return {
    request,
    async *each(id, input) {
      let cursor = input['cursor'];
      do {
        const page = (await call(id, { ...input, ...(cursor === undefined ? {} : { cursor }) })) as Page;
        yield* Object.values(page).find(Array.isArray) ?? [];
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },
    calls: Object.fromEntries(
      (Object.keys(table) as Id[]).map((id) => [id, (input?: Record<string, unknown>) => call(id, input)]),
    ) as OpenCalls<Id>['calls'],
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
