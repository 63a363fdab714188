import type { Finish } from '../src/jobs/finish.ts';
import { newJobId } from '../src/jobs/job-id.ts';
import type { JobToAccept } from '../src/jobs/job-to-accept.ts';

/** With the time of now. */
export const newId = () => newJobId();

export function someJob(change: Partial<JobToAccept> = {}): JobToAccept {
  return {
    id: newJobId(),
    workspace: 'acme',
    type: 'email.send',
    payloadJson: '{"to":"a@example.com"}',
    maxAttempts: 3,
    ...change,
  };
}

export function someJobs(count: number, change: Partial<JobToAccept> = {}): JobToAccept[] {
  return Array.from({ length: count }, () => someJob(change));
}

export function success(id: string, change: Partial<Finish> = {}): Finish {
  const finishedAtMs = Date.now();
  return {
    id,
    outcome: 'succeeded',
    resultJson: '"done"',
    attempts: 1,
    startedAtMs: finishedAtMs - 5,
    finishedAtMs,
    ...change,
  };
}

export const death = (id: string) => success(id, { outcome: 'dead', resultJson: undefined, error: 'Boom' });
