import type { JobToAdd as RecordedJob } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import { toAddAgain } from './job-mapping.ts';

/**
 * Adds jobs that the ledger remembers to Redis, and gives the ids of those that are there now. Adding what Redis
 * has changes nothing.
 *
 * @throws FairleadError REDIS_UNAVAILABLE when Redis did not confirm
 */
export async function addAgain(
  producer: Producer,
  jobs: readonly RecordedJob[],
  nowMs: number,
): Promise<string[]> {
  const answers = await producer.add(jobs.map((job) => toAddAgain(job, nowMs)));
  return answers.flatMap((answer) => (answer.outcome === 'added' ? answer.id : []));
}

/** The same for jobs that may have died before: a dead letter of their id goes first, or adding would change nothing. */
export async function addOverDead(
  { scheduler, producer }: { readonly scheduler: Pick<Scheduler, 'removeDead'>; readonly producer: Producer },
  jobs: readonly RecordedJob[],
  nowMs: number,
): Promise<string[]> {
  await scheduler.removeDead(jobs);
  return addAgain(producer, jobs, nowMs);
}
