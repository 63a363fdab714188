import { randomBytes } from 'node:crypto';
import type { JobToAccept } from '../src/jobs/accept.ts';
import type { Finish } from '../src/jobs/finish.ts';

let counter = 0;

/** A uuid v7 that sorts after all that this process made before. */
export function newId(): string {
  const ms = Date.now().toString(16).padStart(12, '0');
  const count = (++counter).toString(16).padStart(8, '0');
  const random = randomBytes(4).toString('hex');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3, 6)}-${count.slice(4)}${random}`;
}

export function someJob(change: Partial<JobToAccept> = {}): JobToAccept {
  return {
    id: newId(),
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
