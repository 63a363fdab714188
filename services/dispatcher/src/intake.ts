/**
 * The one way of a job into the cluster: its workspace is known, its backlog has room, Redis has confirmed.
 * Nothing is accepted before that; when Redis does not confirm, nobody knows, and the client is told so.
 */
import { randomUUIDv7 } from 'node:crypto';
import type { FaultCode } from '@fairlead/core';
import { type ProblemDocument, problemOf } from '@fairlead/http';
import type { JobToAdd, Producer } from '@fairlead/scheduler';
import type { NewJob } from './job-input.ts';
import { type RefusalParts, refusalsOf } from './refusals.ts';

export type Acceptance =
  | {
      readonly outcome: 'accepted';
      readonly id: string;
      /** `accepted`: durable, and not in Redis yet. */
      readonly state: 'waiting' | 'delayed' | 'accepted';
      readonly position: number | null;
    }
  /** The same request was accepted before, under the same key. */
  | { readonly outcome: 'duplicate'; readonly id: string; readonly state: string }
  | { readonly outcome: 'refused'; readonly problem: ProblemDocument };

export interface Intake {
  /**
   * Accepts or refuses each job, in the order given.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE when a workspace is new and Postgres is away,
   *   REDIS_UNAVAILABLE when Redis did not confirm: some of the jobs may be there all the same
   */
  accept(jobs: readonly NewJob[]): Promise<Acceptance[]>;
}

export interface IntakeMetrics {
  accepted(jobs: number): void;
  /** Accepted before, under the same key. */
  repeated(jobs: number): void;
  /** What was accepted this long ago is in Redis; `relay`: because adding it at once had failed. */
  queued(way: 'direct' | 'relay', seconds: number): void;
  /** For those who answer a client: they also refuse what never comes here. */
  rejected(code: FaultCode, jobs: number): void;
}

export function createIntake(
  parts: RefusalParts & {
    readonly producer: Producer;
    readonly metrics: Pick<IntakeMetrics, 'accepted'>;
  },
): Intake {
  const { producer, metrics } = parts;

  return {
    async accept(jobs) {
      const refusals = await refusalsOf(jobs, parts);
      const answers: Acceptance[] = new Array(jobs.length);
      const toAdd: JobToAdd[] = [];
      const places: number[] = [];
      jobs.forEach((job, index) => {
        const problem = refusals.get(index);
        if (problem !== undefined) {
          answers[index] = { outcome: 'refused', problem };
        } else {
          toAdd.push({ ...withoutKey(job), id: randomUUIDv7() });
          places.push(index);
        }
      });

      const added = toAdd.length === 0 ? [] : await producer.add(toAdd);
      added.forEach((answer, i) => {
        const index = places[i] as number;
        answers[index] =
          answer.outcome === 'added'
            ? { outcome: 'accepted', id: answer.id, state: answer.state, position: answer.position }
            : { outcome: 'refused', problem: problemOf(answer.error) };
      });
      const accepted = answers.reduce((sum, answer) => sum + (answer.outcome === 'accepted' ? 1 : 0), 0);
      if (accepted > 0) metrics.accepted(accepted);
      return answers;
    },
  };
}

/** Without a ledger nobody remembers keys; requests that carry one were refused before. */
function withoutKey({ idempotencyKey: _key, requestHash: _hash, ...job }: NewJob): Omit<JobToAdd, 'id'> {
  return job;
}
