/** Whether a workspace may get dead letters back: they are new work to Redis and to the backlog. */
import { problemError } from '@fairlead/http';
import type { Jobs, Workspaces } from '@fairlead/ledger';
import type { Admission } from './admission.ts';
import { backlogFull, DRAINING } from './refusals.ts';

export interface RoomParts {
  readonly admission: Pick<Admission, 'refusal' | 'refusalOf'>;
  readonly workspaces: Pick<Workspaces, 'get'>;
  readonly jobs: Pick<Jobs, 'backlogOf'>;
}

/**
 * How many more jobs the workspace may have; asked before anything is changed, so that what is refused stays as it is.
 *
 * @throws ProblemError REDIS_PRESSURE, CONTENTION, WORKSPACE_DRAINING or BACKLOG_FULL when it is none
 */
export async function roomIn(workspace: string, parts: RoomParts): Promise<number> {
  const refusal = parts.admission.refusal() ?? parts.admission.refusalOf(workspace);
  if (refusal !== undefined) throw problemError(refusal);
  const [record, backlog] = await Promise.all([
    parts.workspaces.get(workspace),
    parts.jobs.backlogOf([workspace]),
  ]);
  // It has no jobs then.
  if (record === undefined) return 0;
  const { draining, maxBacklog } = record.settings;
  if (draining) throw problemError(DRAINING);
  const room = maxBacklog - (backlog.get(workspace) ?? 0);
  if (room <= 0) throw problemError(backlogFull(maxBacklog));
  return room;
}
