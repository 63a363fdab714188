import { type Handled, handle, problemError, requireJson, requireShape, wholeBody } from '@fairlead/http';
import { isJobId } from '@fairlead/scheduler';
import type { Request } from 'express';
import type { Admission } from '../admission.ts';
import { NO_JOB } from '../api/absent.ts';
import { addJob, getJob, type JobAnswer } from '../api/jobs.ts';
import { JOB_TOO_LARGE } from '../batch/read-item.ts';
import { type KeyRule, keyFields, keyRefusal } from '../idempotency.ts';
import type { Acceptance, Intake, IntakeMetrics } from '../intake.ts';
import { jobBody, MAX_JOB_BYTES, newJob, TOO_LATE } from '../job-input.ts';
import { presentJob } from '../job-output.ts';
import { type JobReader, lookUp, type RecordReader } from '../ledger/job-lookup.ts';
import { pressureHeader } from '../pressure/answers.ts';

export interface JobRoutesParts {
  readonly intake: Intake;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
  readonly scheduler: JobReader;
  /** Absent when the ledger is off. */
  readonly ledger?: RecordReader | undefined;
  readonly admission: Pick<Admission, 'holdsBack' | 'pressureOn'>;
  readonly keys: KeyRule;
}

const BODY = { types: ['application/json'], limitBytes: 1024 * 1024 };

/** Adding one job, and looking at one. */
export function jobRoutes(parts: JobRoutesParts): Handled[] {
  const { intake, metrics, scheduler, ledger, admission, keys } = parts;

  async function look(workspace: string, id: string): Promise<JobAnswer | undefined> {
    if (ledger) return lookUp({ ledger, scheduler, admission }, workspace, id);
    const job = await scheduler.job(workspace, id);
    return job && presentJob(job);
  }

  return [
    handle(addJob).by(
      async ({ params: { workspace }, headers, req }) => {
        const key = headers['idempotency-key'];
        const refusal = keyRefusal(key, keys);
        if (refusal !== undefined) throw problemError(refusal);
        const answer = await acceptOne(req, workspace, key, intake);
        const location = `/v1/workspaces/${workspace}/jobs/${answer.id}`;
        if (answer.outcome === 'duplicate') {
          const { id, state } = answer;
          return { status: 200, headers: { location }, body: { id, state, duplicate: true } };
        }
        const { id, state, position } = answer;
        const pressure = admission.pressureOn(workspace);
        return {
          status: 202,
          headers: { location, ...(pressure && pressureHeader([pressure])) },
          body: { id, state, position, ...(pressure && { pressure }) },
        };
      },
      (code) => metrics.rejected(code, 1),
    ),
    handle(getJob).by(async ({ params: { workspace, id } }) => {
      const job = isJobId(id) ? await look(workspace, id) : undefined;
      if (job === undefined) throw problemError(NO_JOB);
      return { status: 200, body: job };
    }),
  ];
}

async function acceptOne(
  req: Request,
  workspace: string,
  idempotencyKey: string | undefined,
  intake: Intake,
): Promise<Exclude<Acceptance, { outcome: 'refused' }>> {
  const bytes = await wholeBody(req, BODY);
  if (bytes.length > MAX_JOB_BYTES) throw problemError(JOB_TOO_LARGE);
  const body = requireShape(jobBody, requireJson(bytes));
  const timed = newJob(workspace, body, Date.now());
  if (timed.outcome === 'too_late') throw problemError(TOO_LATE);
  const [answer] = await intake.accept([{ ...timed.job, ...keyFields(idempotencyKey, body) }]);
  if (answer === undefined) throw new Error('the intake gave no answer');
  if (answer.outcome === 'refused') throw problemError(answer.problem);
  return answer;
}
