/** Which of the jobs that somebody sends are not taken, and why. */
import { type ProblemDocument, problem } from '@fairlead/http';
import type { Admission } from './admission.ts';
import type { BacklogGate } from './backlog.ts';
import type { NewJob } from './job-input.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';

export interface RefusalParts {
  readonly known: Pick<KnownWorkspaces, 'require'>;
  readonly gate: BacklogGate;
  readonly admission: Pick<Admission, 'refusal' | 'refusalOf'>;
}

/**
 * The refusals by the place of the job; the others are admitted, and count in the backlog from now on.
 *
 * @throws FairleadError LEDGER_UNAVAILABLE when a workspace is new and Postgres is away
 */
export async function refusalsOf(
  jobs: readonly NewJob[],
  { known, gate, admission }: RefusalParts,
): Promise<Map<number, ProblemDocument>> {
  const closed = admission.refusal();
  // Nothing is asked for then: what is short should not be used up by refusing.
  if (closed !== undefined) return new Map(jobs.map((_, place) => [place, closed]));
  const wanted = countByWorkspace(jobs);
  const workspaces = await known.require([...wanted.keys()]);
  const shut = new Map<string, ProblemDocument>();
  for (const [slug, { draining }] of workspaces) {
    const refusal = draining ? DRAINING : admission.refusalOf(slug);
    if (refusal === undefined) continue;
    shut.set(slug, refusal);
    wanted.delete(slug);
  }
  const room = await gate.admit(wanted, workspaces);
  const refusals = new Map<number, ProblemDocument>();
  jobs.forEach(({ workspace }, place) => {
    const left = room.get(workspace) ?? 0;
    room.set(workspace, left - 1);
    const refusal =
      shut.get(workspace) ?? (left > 0 ? undefined : backlogFull(workspaces.get(workspace)?.maxBacklog ?? 0));
    if (refusal !== undefined) refusals.set(place, refusal);
  });
  return refusals;
}

function countByWorkspace(jobs: readonly NewJob[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { workspace } of jobs) counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
  return counts;
}

/** A workspace that is being drained takes nothing new. */
export const DRAINING = problem(
  'WORKSPACE_DRAINING',
  'The workspace is being drained: what it has is finished, new jobs are refused.',
  { fix: 'Send the job to another workspace, or end the drain with POST /v1/workspaces/{workspace}/resume.' },
);

/** A second drains a good part of most backlogs, and costs a waiting client little. */
const BACKLOG_RETRY_SECONDS = 1;

/** The answer to a job for which its workspace has no room. */
export function backlogFull(maxBacklog: number): ProblemDocument {
  return problem('BACKLOG_FULL', `The workspace has its ${maxBacklog.toLocaleString('en')} waiting jobs.`, {
    fix: 'Send the job again later, or raise maxBacklog of the workspace.',
    retryAfterSeconds: BACKLOG_RETRY_SECONDS,
  });
}
