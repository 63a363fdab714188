/**
 * The dispatcher's HTTP API, as far as the replay needs it. The answers are those of the API, checked only as far as
 * they are used. fetch keeps connections open; the callers bound how many requests are under way.
 */

import { setTimeout as sleep } from 'node:timers/promises';

export interface NewJob {
  readonly workspace: string;
  readonly workMs: number;
}

/** What came of handing in a job. */
export type Handed =
  | { outcome: 'accepted'; workspace: string; id: string }
  | { outcome: 'refused'; workspace: string; why: string };

export interface WorkspaceNow {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly dead: number;
}

export interface JobNow {
  readonly state: string;
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly lastError: string | undefined;
}

export interface WorkspaceSettings {
  readonly displayName?: string;
  readonly weight: number;
  readonly ratePerSecond?: number;
  readonly burst?: number;
}

export interface DispatcherClient {
  /** Creates the workspace or changes its settings. */
  readonly configure: (workspace: string, settings: WorkspaceSettings) => Promise<void>;
  readonly addJob: (job: NewJob) => Promise<Handed>;
  /** Many at once, at most 10,000; answers in their order. */
  readonly addBatch: (jobs: readonly NewJob[]) => Promise<Handed[]>;
  /** Those of `names` that the dispatcher lists. */
  readonly workspaces: (names: ReadonlySet<string>) => Promise<WorkspaceNow[]>;
  /** `undefined` when there is no such job. */
  readonly job: (workspace: string, id: string) => Promise<JobNow | undefined>;
}

const JOB_TYPE = 'demo.sleep';
const REQUEST_DEADLINE_MS = 30_000;
/** A dispatcher that is being restarted is waited for. */
const RETRY_MS = 15_000;
const RETRY_EVERY_MS = 250;

/** A client of the dispatcher at `url`, with an operator's key. Its calls reject when the dispatcher cannot be reached or answers nonsense. */
export function createDispatcherClient(
  { url, apiKey }: { readonly url: string; readonly apiKey: string },
  signal: AbortSignal,
): DispatcherClient {
  const call = async (method: string, path: string, body?: unknown) => {
    const endMs = performance.now() + RETRY_MS;
    for (;;) {
      const attempt = await request(method, `${url}${path}`, body, apiKey, signal);
      const again = attempt.outcome === 'unreachable' || (attempt.outcome === 'unknown' && method !== 'POST');
      if (attempt.outcome === 'answered') return attempt;
      if (!again || signal.aborted || performance.now() > endMs) throw attempt.error;
      await sleep(RETRY_EVERY_MS, undefined, { signal });
    }
  };
  const jobBody = ({ workMs }: NewJob) => ({ type: JOB_TYPE, payload: { ms: workMs } });

  return {
    configure: async (workspace, settings) => {
      const { status, answer } = await call('PATCH', `/v1/workspaces/${workspace}`, settings);
      if (status >= 300)
        throw new Error(`The settings of ${workspace} were refused: ${problem(status, answer)}`);
    },
    addJob: async (job) => {
      const { status, answer } = await call('POST', `/v1/workspaces/${job.workspace}/jobs`, jobBody(job));
      return handed(job.workspace, status, answer);
    },
    addBatch: async (jobs) => {
      const { status, answer } = await call(
        'POST',
        '/v1/jobs:batch',
        jobs.map((job) => ({ workspace: job.workspace, ...jobBody(job) })),
      );
      const results = answer.results;
      if (!Array.isArray(results) || results.length !== jobs.length) {
        return jobs.map(({ workspace }) => ({ outcome: 'refused', workspace, why: problem(status, answer) }));
      }
      return jobs.map(({ workspace }, index) => {
        const result = results[index] as Answer;
        return handed(workspace, result.status ?? status, result);
      });
    },
    workspaces: async (names) => {
      const { status, answer } = await call('GET', '/v1/workspaces?limit=500');
      const listed = answer.workspaces;
      if (status !== 200 || !Array.isArray(listed))
        throw new Error(`GET /v1/workspaces: ${problem(status, answer)}`);
      // One page is enough: the stack's own ledger knows no workspaces but those of the replay and a few of the user's.
      return (listed as Listed[])
        .filter(({ name }) => names.has(name))
        .map(({ name, counts }) => ({ name, ...counts }));
    },
    job: async (workspace, id) => {
      const { status, answer } = await call(
        'GET',
        `/v1/workspaces/${workspace}/jobs/${encodeURIComponent(id)}`,
      );
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET of job ${id} of ${workspace}: ${problem(status, answer)}`);
      return {
        state: String(answer.state),
        createdAtMs: milliseconds(answer.createdAt),
        startedAtMs: milliseconds(answer.startedAt),
        finishedAtMs: milliseconds(answer.finishedAt),
        lastError: answer.lastError,
      };
    },
  };
}

type Attempt =
  | { outcome: 'answered'; status: number; answer: Answer }
  /** The request was not received, or was turned away at the door: safe to repeat. */
  | { outcome: 'unreachable'; error: unknown }
  /** It may have been carried out: repeating a POST could do it twice. */
  | { outcome: 'unknown'; error: unknown };

async function request(
  method: string,
  url: string,
  body: unknown,
  apiKey: string,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_DEADLINE_MS)]),
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Answer;
    if (response.status === 503) {
      return { outcome: 'unreachable', error: new Error(`${method} ${url}: ${problem(503, answer)}`) };
    }
    return { outcome: 'answered', status: response.status, answer };
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? {}) as { code?: string };
    const error = new Error(`${method} ${url}: ${code ?? (cause as Error).message}`, { cause });
    return { outcome: code === 'ECONNREFUSED' ? 'unreachable' : 'unknown', error };
  }
}

interface Answer {
  readonly status?: number;
  readonly id?: string;
  readonly state?: string;
  readonly results?: unknown;
  readonly workspaces?: unknown;
  readonly createdAt?: string | number;
  readonly startedAt?: string | number;
  readonly finishedAt?: string | number;
  readonly lastError?: string;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  /** Of one item of a batch. */
  readonly problem?: Answer;
}

interface Listed {
  readonly name: string;
  readonly counts: Omit<WorkspaceNow, 'name'>;
}

function handed(workspace: string, status: number, answer: Answer): Handed {
  return status < 300 && answer.id !== undefined
    ? { outcome: 'accepted', workspace, id: answer.id }
    : { outcome: 'refused', workspace, why: problem(status, answer.problem ?? answer) };
}

function problem(status: number, { code, title, detail }: Answer): string {
  return [String(status), code, detail ?? title].filter(Boolean).join(' ');
}

function milliseconds(at: string | number | undefined): number {
  if (at === undefined) return Number.NaN;
  return typeof at === 'number' ? at : Date.parse(at);
}
