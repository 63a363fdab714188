/**
 * The way of a job into the cluster when a ledger remembers it.
 *
 *     accept in Postgres (group commit) ──▶ durable: the answer is 202 from here on
 *          │
 *          ▼ one pipeline
 *     add to Redis ──ok──▶ queued (noted in batches, nobody waits for it)
 *          └──failed, or too late──▶ the relay adds it
 *
 * The job's id in Redis is its id in the ledger, so adding twice changes nothing.
 */
import { randomUUIDv7 } from 'node:crypto';
import { problem } from '@fairlead/http';
import type { Jobs, JobToAccept } from '@fairlead/ledger';
import type { AddedJob, Producer } from '@fairlead/scheduler';
import type { BacklogGate } from '../backlog.ts';
import {
  type Acceptance,
  backlogFull,
  countByWorkspace,
  DRAINING,
  type Intake,
  type IntakeMetrics,
} from '../intake.ts';
import type { NewJob } from '../job-input.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import { toAccept, toAdd } from './job-mapping.ts';
import type { QueuedNotes } from './queued-notes.ts';

export interface LedgeredIntakeParts {
  readonly known: Pick<KnownWorkspaces, 'require'>;
  readonly gate: BacklogGate;
  readonly producer: Producer;
  readonly jobs: Pick<Jobs, 'accept' | 'acceptedBefore' | 'relayNow'>;
  readonly queued: Pick<QueuedNotes, 'note'>;
  readonly metrics: Pick<IntakeMetrics, 'accepted'>;
  readonly logger: { warn(fields: object, message: string): void };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * A dispatcher that stood still for longer leaves the adding to the relay: it may have begun already. Counted from before
 * the commit: one that stands still after it reads its answer only when it goes on.
 */
const ADD_WITHIN_MS = 5_000;

export function createLedgeredIntake(parts: LedgeredIntakeParts): Intake {
  const { known, gate, producer, jobs, queued, metrics, logger, now } = parts;

  async function addToRedis(
    added: readonly Admitted[],
    begunAtMs: number,
  ): Promise<(AddedJob | undefined)[]> {
    const late = now() - begunAtMs > ADD_WITHIN_MS;
    const answers = late
      ? []
      : await producer
          .add(added.map(({ toBeAccepted, job }) => toAdd(toBeAccepted, job)))
          .catch((error: unknown): AddedJob[] => {
            logger.warn({ jobs: added.length, error: String(error) }, 'jobs are left to the relay');
            return [];
          });
    const there: string[] = [];
    const left: string[] = [];
    added.forEach(({ toBeAccepted: { id } }, i) => {
      (answers[i]?.outcome === 'added' ? there : left).push(id);
    });
    queued.note(there);
    // Without this the relay takes them as well, only later.
    if (left.length > 0 && !late) void jobs.relayNow(left).catch(() => {});
    return added.map((_, i) => answers[i]);
  }

  /** A client whose answer got lost is told of its job even so: refused, it would take it for not accepted. */
  async function refuse(places: readonly number[], wanted: readonly NewJob[], answers: Acceptance[]) {
    const keyed = places.flatMap((index) => {
      const { workspace, idempotencyKey, requestHash } = wanted[index] as NewJob;
      return idempotencyKey === undefined ? [] : [{ index, workspace, idempotencyKey, requestHash }];
    });
    const before = await jobs.acceptedBefore(keyed);
    for (const index of places) answers[index] = { outcome: 'refused', problem: DRAINING };
    keyed.forEach(({ index }, i) => {
      const found = before[i];
      if (found?.outcome === 'duplicate') answers[index] = found;
      else if (found !== undefined) answers[index] = keyReused();
    });
  }

  return {
    async accept(wanted) {
      const counts = countByWorkspace(wanted);
      const workspaces = await known.require([...counts.keys()]);
      for (const [slug, { draining }] of workspaces) if (draining) counts.delete(slug);
      const room = await gate.admit(counts, workspaces);

      const answers: Acceptance[] = new Array(wanted.length);
      const admitted: Admitted[] = [];
      const refused: number[] = [];
      const nowMs = now();
      wanted.forEach((job, index) => {
        if (workspaces.get(job.workspace)?.draining) {
          refused.push(index);
          return;
        }
        const left = room.get(job.workspace) ?? 0;
        room.set(job.workspace, left - 1);
        if (left > 0) admitted.push({ index, job, toBeAccepted: toAccept(randomUUIDv7(), job, nowMs) });
        else answers[index] = backlogFull(workspaces.get(job.workspace)?.maxBacklog ?? 0);
      });
      if (refused.length > 0) await refuse(refused, wanted, answers);
      if (admitted.length === 0) return answers;

      const outcomes = await jobs.accept(admitted.map(({ toBeAccepted }) => toBeAccepted));
      const toBeAdded: Admitted[] = [];
      let accepted = 0;
      admitted.forEach((entry, i) => {
        const outcome = outcomes[i];
        if (outcome?.outcome === 'accepted') {
          accepted++;
          answers[entry.index] = { outcome: 'accepted', id: outcome.id, state: 'accepted', position: null };
          if (!outcome.dueLater) toBeAdded.push(entry);
        } else if (outcome?.outcome === 'duplicate') {
          answers[entry.index] = { outcome: 'duplicate', id: outcome.id, state: outcome.state };
        } else {
          answers[entry.index] = keyReused();
        }
      });
      if (accepted > 0) metrics.accepted(accepted);
      if (toBeAdded.length > 0) {
        const added = await addToRedis(toBeAdded, nowMs);
        toBeAdded.forEach(({ index }, i) => {
          const answer = added[i];
          if (answer?.outcome !== 'added') return;
          answers[index] = {
            outcome: 'accepted',
            id: answer.id,
            state: answer.state,
            position: answer.position,
          };
        });
      }
      return answers;
    },
  };
}

interface Admitted {
  /** Its place in the request. */
  readonly index: number;
  readonly job: NewJob;
  readonly toBeAccepted: JobToAccept;
}

function keyReused(): Acceptance {
  const detail = 'This Idempotency-Key was used in this workspace with another request.';
  return {
    outcome: 'refused',
    problem: problem('IDEMPOTENCY_KEY_REUSED', detail, { fix: 'Use a new key for a new request.' }),
  };
}
