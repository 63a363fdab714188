import { createHash } from 'node:crypto';
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
import type { Jobs } from '@fairlead/ledger';
import { isJobId } from '@fairlead/scheduler';
import type { Request, Router } from 'express';
import { JOB_TOO_LARGE } from '../batch/read-item.ts';
import type { Acceptance, Intake, IntakeMetrics } from '../intake.ts';
import { jobBody, MAX_JOB_BYTES, newJob, TOO_LATE } from '../job-input.ts';
import { presentJob } from '../job-output.ts';
import { type JobReader, lookUp, type RecordReader } from '../ledger/job-lookup.ts';
import { requireSlug } from '../workspace-input.ts';
import { listJobs } from './job-actions.ts';

export interface JobRoutesParts {
  readonly intake: Intake;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
  readonly scheduler: JobReader;
  /** Absent when the ledger is off. */
  readonly ledger?: (RecordReader & Pick<Jobs, 'list'>) | undefined;
}

const BODY = { types: ['application/json'], limitBytes: 1024 * 1024 };

/** Adding one job, and looking at one. */
export function jobRoutes(router: Router, parts: JobRoutesParts): void {
  const { intake, metrics, scheduler, ledger } = parts;

  async function look(workspace: string, id: string): Promise<Record<string, unknown> | undefined> {
    if (ledger) return lookUp({ ledger, scheduler }, workspace, id);
    const job = await scheduler.job(workspace, id);
    return job && presentJob(job);
  }

  methods(router, '/v1/workspaces/:workspace/jobs', {
    ...(ledger
      ? {
          GET: async (req, res) => {
            res.json(await listJobs(ledger, requireSlug(req.params['workspace']), { ...req.query }));
          },
        }
      : {}),
    POST: async (req, res) => {
      const answer = await acceptOne(req, intake, ledger ? 'remembered' : 'refused').catch(
        (error: unknown) => {
          metrics.rejected(problemOf(error).code, 1);
          throw error;
        },
      );
      res.location(`/v1/workspaces/${req.params['workspace']}/jobs/${answer.id}`);
      if (answer.outcome === 'duplicate') {
        res.status(200).json({ id: answer.id, state: answer.state, duplicate: true });
      } else {
        const { id, state, position } = answer;
        res.status(202).json({ id, state, position });
      }
    },
  });

  methods(router, '/v1/workspaces/:workspace/jobs/:id', {
    GET: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const id = req.params['id'] ?? '';
      const job = isJobId(id) ? await look(workspace, id) : undefined;
      if (job === undefined) {
        throw new ProblemError('JOB_NOT_FOUND', 'The workspace has no job of this id, or not any more.', {
          fix: 'Finished jobs are kept for a while only; see the retention settings of the consumer.',
        });
      }
      res.json(job);
    },
  });
}

async function acceptOne(
  req: Request<Record<string, string>>,
  intake: Intake,
  keys: 'remembered' | 'refused',
): Promise<Exclude<Acceptance, { outcome: 'refused' }>> {
  const workspace = requireSlug(req.params['workspace']);
  const idempotencyKey = keyOf(req.headers, keys);
  const bytes = await wholeBody(req, BODY);
  if (bytes.length > MAX_JOB_BYTES) throw problemError(JOB_TOO_LARGE);
  const body = requireShape(jobBody, requireJson(bytes));
  const timed = newJob(workspace, body, Date.now());
  if (timed.outcome === 'too_late') throw problemError(TOO_LATE);
  const key = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hashOf(body) };
  const [answer] = await intake.accept([{ ...timed.job, ...key }]);
  if (answer === undefined) throw new Error('the intake gave no answer');
  if (answer.outcome === 'refused') throw problemError(answer.problem);
  return answer;
}

/** Visible ASCII, as the draft standard of the header has it. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

function keyOf(headers: IncomingHttpHeaders, keys: 'remembered' | 'refused'): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  // Better refused than ignored: who sends a key relies on it when the answer is lost.
  if (keys === 'refused') {
    throw new ProblemError('LEDGER_OFF', 'Without the ledger nobody remembers an Idempotency-Key.', {
      fix: 'Leave the header out and make handlers safe to run twice, or set FAIRLEAD_LEDGER=on.',
    });
  }
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new ProblemError('INVALID_REQUEST', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
}

/** The parsed body, so that white space and the order of our own fields do not make another request of it. */
function hashOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
