import type { IncomingHttpHeaders } from 'node:http';
import {
  methods,
  ProblemError,
  problemError,
  problemOf,
  requireJson,
  requireShape,
  wholeBody,
} from '@fairlead/http';
import type { JobView } from '@fairlead/scheduler';
import type { Request, Router } from 'express';
import { JOB_TOO_LARGE } from '../batch/read-item.ts';
import type { Acceptance, Intake, IntakeMetrics } from '../intake.ts';
import { jobBody, MAX_JOB_BYTES, newJob, TOO_LATE } from '../job-input.ts';
import { presentJob } from '../job-output.ts';
import { requireSlug } from '../workspace-input.ts';

export interface JobRoutesParts {
  readonly intake: Intake;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
  readonly scheduler: { job(workspace: string, id: string): Promise<JobView | undefined> };
}

const BODY = { types: ['application/json'], limitBytes: 1024 * 1024 };

/**
 * What an id can look like: ours are UUIDs, and stock BullMQ counts. Anything else would reach a Redis key
 * as a client's own text, and some of it is the name of another key: `wait`, `meta`.
 */
const JOB_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[1-9][0-9]{0,15})$/;

/** Adding one job, and looking at one. */
export function jobRoutes(router: Router, parts: JobRoutesParts): void {
  const { intake, metrics, scheduler } = parts;

  methods(router, '/v1/workspaces/:workspace/jobs', {
    POST: async (req, res) => {
      const answer = await acceptOne(req, intake).catch((error: unknown) => {
        metrics.rejected(problemOf(error).code, 1);
        throw error;
      });
      const { id, state, position } = answer;
      res.status(202).location(`/v1/workspaces/${req.params['workspace']}/jobs/${id}`).json({ id, state, position });
    },
  });

  methods(router, '/v1/workspaces/:workspace/jobs/:id', {
    GET: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const id = req.params['id'] ?? '';
      const job = JOB_ID.test(id) ? await scheduler.job(workspace, id) : undefined;
      if (job === undefined) {
        throw new ProblemError('JOB_NOT_FOUND', 'The workspace has no job of this id, or not any more.', {
          fix: 'Finished jobs are kept for a while only; see the retention settings of the consumer.',
        });
      }
      res.json(presentJob(job));
    },
  });
}

async function acceptOne(
  req: Request<Record<string, string>>,
  intake: Intake,
): Promise<Acceptance & { outcome: 'accepted' }> {
  const workspace = requireSlug(req.params['workspace']);
  refuseIdempotencyKey(req.headers);
  const bytes = await wholeBody(req, BODY);
  if (bytes.length > MAX_JOB_BYTES) throw problemError(JOB_TOO_LARGE);
  const timed = newJob(workspace, requireShape(jobBody, requireJson(bytes)), Date.now());
  if (timed.outcome === 'too_late') throw problemError(TOO_LATE);
  const [answer] = await intake.accept([timed.job]);
  if (answer === undefined) throw new Error('the intake gave no answer');
  if (answer.outcome === 'refused') throw problemError(answer.problem);
  return answer;
}

/** Better refused than ignored: who sends a key relies on it when the answer is lost. */
function refuseIdempotencyKey(headers: IncomingHttpHeaders): void {
  if (headers['idempotency-key'] === undefined) return;
  throw new ProblemError(
    'INVALID_REQUEST',
    'Idempotency-Key is not supported yet, so a repeated request adds a second job.',
    {
      fix: 'Leave the header out, and make handlers safe to run twice.',
    },
  );
}
