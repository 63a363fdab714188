/** A client of a dispatcher: a call for each operation of its API, and jobs that are sent while they come. */
import { type ClientOptions, openCalls } from './calls.ts';
import { TABLE } from './generated/table.ts';
import type { CallOptions, Calls, EachOfDispatcher, Schemas } from './types.ts';

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
  each: EachOfDispatcher;
};

/**
 * A client of a dispatcher, with a call for each operation of its API. All of them reject with `ApiProblem` for what
 * Fairlead refuses, `NoAnswerError` when none came, and `StrangeAnswerError` when it is not Fairlead that answers.
 */
export function createClient(options: ClientOptions): Client {
  const { request, each, calls } = openCalls(TABLE, options);
  return {
    ...(calls as unknown as Calls),
    each: each as unknown as EachOfDispatcher,
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
