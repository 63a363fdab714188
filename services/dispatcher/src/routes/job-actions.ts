import { type Handled, handle, ProblemError, problemError } from '@fairlead/http';
import type { Jobs, ListOptions } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import { NO_JOB } from '../api/absent.ts';
import { cancelJob, listDead, listJobs, redriveDead, retryJob } from '../api/jobs.ts';
import { addOverDead } from '../ledger/add-again.ts';
import { presentRecord } from '../ledger/job-lookup.ts';
import { type RoomParts, roomIn } from '../room.ts';

export interface JobActionParts extends RoomParts {
  readonly jobs: Pick<Jobs, 'list' | 'cancel' | 'retry' | 'redrive' | 'backlogOf'>;
  readonly scheduler: Pick<Scheduler, 'cancel' | 'removeDead'>;
  readonly producer: Producer;
  readonly now: () => number;
}

/** Looking at a workspace's jobs, and changing what becomes of one. All of these need the ledger. */
export function jobActionRoutes(parts: JobActionParts): Handled[] {
  const { jobs, scheduler, now } = parts;

  async function list(workspace: string, options: ListOptions) {
    const { jobs: found, cursor } = await jobs.list(workspace, options);
    return { status: 200, body: { jobs: found.map(presentRecord), nextCursor: cursor ?? null } } as const;
  }

  /**
   * The dead letter in Redis goes first: adding a job of an id that is there changes nothing. It may not be one yet, if
   * the ledger has heard of the death and Redis has not. So they stay `accepted`, and after its grace the relay looks
   * again; what is in Redis then is only noted.
   */
  async function revive(revived: Awaited<ReturnType<Jobs['redrive']>>): Promise<void> {
    if (revived.length === 0) return;
    try {
      await addOverDead(parts, revived, now());
    } catch {
      // They are accepted in the ledger, and the relay does the same.
    }
  }

  return [
    handle(listJobs).by(({ params, query }) => list(params.workspace, query)),
    handle(listDead).by(({ params, query }) => list(params.workspace, { ...query, state: 'dead' })),
    handle(redriveDead).by(async ({ params: { workspace }, body, principal }) => {
      const limit = Math.min(body.limit, await roomIn(workspace, parts));
      const revived = limit === 0 ? [] : await jobs.redrive(workspace, { ...body, limit }, principal);
      await revive(revived);
      return { status: 202, body: { redriven: revived.length, ids: revived.map(({ id }) => id) } };
    }),
    handle(cancelJob).by(async ({ params: { workspace, id }, principal }) => {
      const answer = await jobs.cancel(workspace, id, principal);
      if (answer.outcome === 'not_found') throw problemError(NO_JOB);
      if (answer.outcome === 'finished' && answer.state !== 'cancelled') {
        throw new ProblemError('JOB_FINISHED', `The job is ${answer.state}.`);
      }
      // From here on it is cancelled whatever happens: a claim asks the ledger first. This only makes it prompt.
      const [inRedis] = await scheduler.cancel([{ workspace, id }]).catch(() => []);
      return { status: 202, body: { id, state: 'cancelled', wasRunning: inRedis === 'running' } };
    }),
    handle(retryJob).by(async ({ params: { workspace, id }, principal }) => {
      await roomIn(workspace, parts);
      const answer = await jobs.retry(workspace, id, principal);
      if (answer.outcome === 'not_found') throw problemError(NO_JOB);
      if (answer.outcome === 'not_dead') {
        throw new ProblemError(
          'JOB_NOT_DEAD',
          `Only a dead letter can be retried; this job is ${answer.state}.`,
        );
      }
      await revive([answer.job]);
      return { status: 202, body: { id, state: 'accepted' } };
    }),
  ];
}
