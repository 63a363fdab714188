/** What became of the jobs that were handed in. */
import { ApiProblem, type Schemas } from '@fairlead/client';
import type { Context } from '../context.ts';

export interface JobEnd {
  readonly workspace: string;
  /** `lost`: the cluster does not know it any more. */
  readonly state: 'succeeded' | 'dead' | 'cancelled' | 'unfinished' | 'lost';
  readonly createdAtMs: number;
  /** Of its last attempt; undefined when there was none. */
  readonly startedAtMs: number | undefined;
}

interface JobName {
  readonly workspace: string;
  readonly id: string;
}

type Job = Schemas['Job'];

const PAGE = 500;
/** Requests under way at once. */
const AT_ONCE = 16;

/** Asks for all of them: by the lists of their workspaces, or where there are none (the ledger is off) one by one. */
export async function readEnds(
  { ask }: Pick<Context, 'ask'>,
  jobs: readonly JobName[],
  type: string,
  tell: (words: string) => void,
): Promise<JobEnd[]> {
  const ends: JobEnd[] = [];
  const unlisted: JobName[] = [];
  const note = (end: JobEnd) => {
    ends.push(end);
    tell(`looking at what became of them: ${ends.length} of ${jobs.length}`);
  };
  await atOnce([...Map.groupBy(jobs, ({ workspace }) => workspace)], async ([workspace, wanted]) => {
    const listed = await pagesOf(workspace, new Set(wanted.map(({ id }) => id)));
    if (listed === undefined) for (const one of wanted) unlisted.push(one);
    else for (const { id } of wanted) note(endOf(workspace, listed.get(id)));
  });
  await atOnce(unlisted, async (name) => {
    const job = await ask((api) => api.getJob(name).catch(unless(['JOB_NOT_FOUND', 'WORKSPACE_NOT_FOUND'])));
    note(endOf(name.workspace, job));
  });
  return ends;

  /** Newest first, until all are found; undefined where nobody keeps lists. */
  async function pagesOf(
    workspace: string,
    wanted: ReadonlySet<string>,
  ): Promise<Map<string, Job> | undefined> {
    const found = new Map<string, Job>();
    let cursor: string | null = null;
    do {
      const from: { cursor?: string } = cursor === null ? {} : { cursor };
      const page = await ask((api) =>
        api.listJobs({ workspace, type, limit: PAGE, ...from }).catch(unless(['LEDGER_OFF'])),
      );
      if (page === undefined) return undefined;
      for (const job of page.jobs) if (wanted.has(job.id)) found.set(job.id, job);
      cursor = page.nextCursor;
    } while (cursor !== null && found.size < wanted.size);
    return found;
  }
}

function unless(codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ApiProblem && codes.includes(error.document.code)) return undefined;
    throw error;
  };
}

function endOf(workspace: string, job: Job | undefined): JobEnd {
  if (job === undefined) return { workspace, state: 'lost', createdAtMs: Number.NaN, startedAtMs: undefined };
  const { state, createdAt, startedAt } = job;
  const ended = state === 'succeeded' || state === 'dead' || state === 'cancelled';
  return {
    workspace,
    state: ended ? state : 'unfinished',
    createdAtMs: Date.parse(createdAt ?? ''),
    startedAtMs: startedAt == null ? undefined : Date.parse(startedAt),
  };
}

async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
