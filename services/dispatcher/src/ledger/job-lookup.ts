/** One job for a client: what the ledger remembers, and while it is unfinished, how it stands in Redis. */
import type { JobRecord } from '@fairlead/ledger';
import type { JobView } from '@fairlead/scheduler';
import type { Admission } from '../admission.ts';
import type { JobAnswer } from '../api/jobs.ts';
import { presentJob } from '../job-output.ts';

export interface JobReader {
  job(workspace: string, id: string): Promise<JobView | undefined>;
}

export interface RecordReader {
  get(workspace: string, id: string): Promise<JobRecord | undefined>;
}

/** Undefined when neither knows it. A job that the ledger does not know is one of the stock library's. */
export async function lookUp(
  parts: {
    readonly ledger: RecordReader;
    readonly scheduler: JobReader;
    readonly admission: Pick<Admission, 'holdsBack'>;
  },
  workspace: string,
  id: string,
): Promise<JobAnswer | undefined> {
  const record = await parts.ledger.get(workspace, id);
  if (record === undefined) {
    const foreign = await parts.scheduler.job(workspace, id);
    return foreign && presentJob(foreign);
  }
  const unfinished = record.state === 'accepted' || record.state === 'queued';
  // Redis may be away, or may not have it yet: then the ledger's word is all there is.
  const live = unfinished ? await parts.scheduler.job(workspace, id).catch(() => undefined) : undefined;
  if (live) return { ...presentRecord(record), ...presentJob(live) };
  return unfinished
    ? { ...presentRecord(record), ...outsideRedis(record, parts.admission) }
    : presentRecord(record);
}

/** It is due later than Redis has to know, or it is on its way there, or Redis is away or has lost it. */
function outsideRedis(
  { runAt }: JobRecord,
  admission: Pick<Admission, 'holdsBack'>,
): Pick<JobAnswer, 'waitingReason' | 'estimatedStartAt'> {
  if (runAt !== null && Number(runAt) > Date.now()) {
    return { waitingReason: 'delayed', estimatedStartAt: runAt.toISOString() };
  }
  return { waitingReason: admission.holdsBack() ? 'redis_pressure' : 'not_queued_yet' };
}

/** A job as the ledger has it; times are ISO 8601. */
export function presentRecord(record: JobRecord): JobAnswer {
  const { id, workspace, type, state, payload, attempts, maxAttempts, priority } = record;
  const iso = (name: 'runAt' | 'startedAt' | 'finishedAt') => {
    const time = record[name];
    return time === null ? {} : { [name]: time.toISOString() };
  };
  return {
    id,
    workspace,
    type,
    state,
    payload,
    attempts,
    maxAttempts,
    priority,
    ...(record.idempotencyKey === null ? {} : { idempotencyKey: record.idempotencyKey }),
    ...(record.result === null ? {} : { result: record.result }),
    ...(record.lastError === null ? {} : { lastError: record.lastError }),
    createdAt: record.createdAt.toISOString(),
    ...iso('runAt'),
    ...iso('startedAt'),
    ...iso('finishedAt'),
  };
}
