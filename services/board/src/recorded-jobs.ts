/**
 * Jobs that a ledger has (`opts.recorded`) are not changed from here. The ledger says that a dead letter is dead: a
 * replica that claims it, because BullMQ moved it back, drops it unrun, and the dead letter is gone from Redis. So these
 * routes stand before Bull Board's: they refuse such a job and name what to do instead; of many they take the others,
 * which stock programs have added.
 */
import { type RequestHandler, Router } from 'express';
import { refuse } from './refusal.ts';
import type { ShownQueues } from './shown-queues.ts';
import type { WorkspaceQueue } from './workspace-adapter.ts';

type Job = NonNullable<Awaited<ReturnType<WorkspaceQueue['getJob']>>>;
type Status = 'failed' | 'completed' | 'delayed';

const CHUNK = 100;

/** Mounted at the board's path, for a board with actions; what these do not answer goes on to Bull Board. */
export function recordedJobRoutes(shown: Pick<ShownQueues, 'prepareFor' | 'queue'>): Router {
  const routes = Router();
  routes.put('/api/queues/:queueName/:jobId/retry', one(RETRY));
  routes.put('/api/queues/:queueName/:jobId/promote', one(PROMOTE));
  routes.put('/api/queues/:queueName/retry/:queueStatus', (req, res, next) => {
    const { queueStatus } = req.params;
    if (queueStatus !== 'failed' && queueStatus !== 'completed') return next();
    return many(RETRY, queueStatus)(req, res, next);
  });
  routes.put('/api/queues/:queueName/promote', many(PROMOTE, 'delayed'));
  return routes;

  /** Undefined: Bull Board says that there is none. */
  async function queueOf({ params }: Parameters<RequestHandler>[0]): Promise<WorkspaceQueue | undefined> {
    await shown.prepareFor({ params, query: {} });
    return shown.queue(String(params['queueName']));
  }

  function one({ detail, fixOfOne }: Change): RequestHandler {
    return async (req, res, next) => {
      const queue = await queueOf(req);
      const job = await queue?.getJob(String(req.params['jobId']));
      if (queue === undefined || job === undefined || !isRecorded(job)) return next();
      refuse(res, { code: 'JOB_RECORDED', detail, fix: fixOfOne(queue.name, String(job.id)) });
    };
  }

  function many({ apply, detail, fixOfMany }: Change, status: Status): RequestHandler {
    return async (req, res, next) => {
      const queue = await queueOf(req);
      if (queue === undefined) return next();
      const ids = await queue.getRanges([status], 0, -1);
      let changed = 0;
      let skipped = 0;
      for (let from = 0; from < ids.length; from += CHUNK) {
        const jobs = await Promise.all(ids.slice(from, from + CHUNK).map((id) => queue.getJob(id)));
        // One that is gone by now was nobody's to change.
        const there = jobs.filter((job) => job !== undefined);
        const foreign = there.filter((job) => !isRecorded(job));
        await Promise.all(foreign.map((job) => apply(job, status)));
        changed += foreign.length;
        skipped += there.length - foreign.length;
      }
      if (changed === 0 && skipped > 0) {
        return refuse(res, { code: 'JOB_RECORDED', detail, fix: fixOfMany(queue.name) });
      }
      // As Bull Board's page knows it from its own "retry all".
      res.status(200).json({ retried: changed, skipped });
    };
  }
}

interface Change {
  readonly detail: string;
  apply(job: Job, status: Status): Promise<unknown>;
  fixOfOne(workspace: string, id: string): string;
  fixOfMany(workspace: string): string;
}

const RETRY: Change = {
  detail: 'The ledger has this job, and would not let it run: it is retried through the API.',
  apply: (job, status) => job.retry(status as 'failed' | 'completed'),
  fixOfOne: (workspace, id) =>
    `POST /v1/workspaces/${workspace}/jobs/${id}/retry, or: fairlead jobs retry ${workspace} ${id}`,
  fixOfMany: (workspace) =>
    `POST /v1/workspaces/${workspace}/dead:redrive, or: fairlead dead redrive ${workspace} --all`,
};

const PROMOTE: Change = {
  detail: 'The ledger has this job, with the time from which on it may run.',
  apply: (job) => job.promote(),
  fixOfOne: (workspace, id) =>
    `POST /v1/workspaces/${workspace}/jobs/${id}/cancel, and add it again without a delay.`,
  fixOfMany: (workspace) =>
    `POST /v1/workspaces/${workspace}/jobs/{id}/cancel, and add them again without a delay.`,
};

function isRecorded({ opts }: Job): boolean {
  return (opts as { readonly recorded?: boolean }).recorded === true;
}
