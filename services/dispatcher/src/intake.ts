/**
 * The one way of a job into the cluster: its workspace is known, its backlog has room, Redis has confirmed.
 * Nothing is accepted before that; when Redis does not confirm, nobody knows, and the client is told so.
 */
import { randomUUIDv7 } from 'node:crypto';
import { type ProblemDocument, problem, problemOf } from '@fairlead/http';
import type { JobToAdd, Producer } from '@fairlead/scheduler';
import type { BacklogGate } from './backlog.ts';
import type { NewJob } from './job-input.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';

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

type Refused = Extract<Acceptance, { outcome: 'refused' }>;

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
  /** For those who answer a client: they also refuse what never comes here. */
  rejected(code: string, jobs: number): void;
}

/** A second drains a good part of most backlogs, and costs a waiting client little. */
const BACKLOG_RETRY_SECONDS = 1;

export function createIntake(parts: {
  readonly known: Pick<KnownWorkspaces, 'require'>;
  readonly gate: BacklogGate;
  readonly producer: Producer;
  readonly metrics: Pick<IntakeMetrics, 'accepted'>;
}): Intake {
  const { known, gate, producer, metrics } = parts;

  return {
    async accept(jobs) {
      const wanted = countByWorkspace(jobs);
      const workspaces = await known.require([...wanted.keys()]);
      for (const [slug, { draining }] of workspaces) if (draining) wanted.delete(slug);
      const room = await gate.admit(wanted, workspaces);

      const answers: Acceptance[] = new Array(jobs.length);
      const toAdd: JobToAdd[] = [];
      const places: number[] = [];
      jobs.forEach((job, index) => {
        const left = room.get(job.workspace) ?? 0;
        if (workspaces.get(job.workspace)?.draining) {
          answers[index] = { outcome: 'refused', problem: DRAINING };
        } else if (left === 0) {
          answers[index] = backlogFull(workspaces.get(job.workspace)?.maxBacklog ?? 0);
        } else {
          room.set(job.workspace, left - 1);
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

export function countByWorkspace(jobs: readonly NewJob[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { workspace } of jobs) counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
  return counts;
}

/** Without a ledger nobody remembers keys; requests that carry one were refused before. */
function withoutKey({ idempotencyKey: _key, requestHash: _hash, ...job }: NewJob): Omit<JobToAdd, 'id'> {
  return job;
}

/** A workspace that is being drained takes nothing new. */
export const DRAINING = problem(
  'WORKSPACE_DRAINING',
  'The workspace is being drained: what it has is finished, new jobs are refused.',
  { fix: 'Send the job to another workspace, or end the drain with POST /v1/workspaces/{workspace}/resume.' },
);

/** The answer to a job for which its workspace has no room. */
export function backlogFull(maxBacklog: number): Refused {
  const detail = `The workspace has its ${maxBacklog.toLocaleString('en')} waiting jobs.`;
  return {
    outcome: 'refused',
    problem: problem('BACKLOG_FULL', detail, {
      fix: 'Send the job again later, or raise maxBacklog of the workspace.',
      retryAfterSeconds: BACKLOG_RETRY_SECONDS,
    }),
  };
}
