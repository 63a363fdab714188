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
import { type ProblemDocument, problem } from '@fairlead/http';
import type { Jobs, JobToAccept } from '@fairlead/ledger';
import type { AddedJob, Producer } from '@fairlead/scheduler';
import type { Acceptance, Intake, IntakeMetrics } from '../intake.ts';
import type { NewJob } from '../job-input.ts';
import { type RefusalParts, refusalsOf } from '../refusals.ts';
import { toAccept, toAdd } from './job-mapping.ts';
import type { QueuedNotes } from './queued-notes.ts';

export interface LedgeredIntakeParts extends RefusalParts {
  readonly producer: Producer;
  readonly jobs: Pick<Jobs, 'accept' | 'acceptedBefore' | 'relayNow'>;
  readonly queued: Pick<QueuedNotes, 'note'>;
  readonly metrics: Pick<IntakeMetrics, 'accepted' | 'repeated' | 'queued'>;
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
  const { producer, jobs, queued, metrics, logger, now } = parts;

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
    if (there.length > 0) metrics.queued('direct', (now() - begunAtMs) / 1_000);
    // Without this the relay takes them as well, only later.
    if (left.length > 0 && !late) void jobs.relayNow(left).catch(() => {});
    return added.map((_, i) => answers[i]);
  }

  /**
   * A client whose answer got lost is told of its job even so: refused, it would take it for not accepted. This writes
   * nothing, so that it holds under any pressure.
   */
  async function refuse(
    refusals: ReadonlyMap<number, ProblemDocument>,
    wanted: readonly NewJob[],
    answers: Acceptance[],
  ) {
    const keyed: (Parameters<Jobs['acceptedBefore']>[0][number] & { readonly index: number })[] = [];
    for (const [index, problem] of refusals) {
      answers[index] = { outcome: 'refused', problem };
      const { workspace, idempotencyKey, requestHash } = wanted[index] as NewJob;
      if (idempotencyKey !== undefined) keyed.push({ index, workspace, idempotencyKey, requestHash });
    }
    if (keyed.length === 0) return;
    const before = await jobs.acceptedBefore(keyed);
    keyed.forEach(({ index }, i) => {
      const found = before[i];
      if (found?.outcome === 'duplicate') answers[index] = found;
      else if (found !== undefined) answers[index] = keyReused();
    });
    const repeated = before.filter((found) => found?.outcome === 'duplicate').length;
    if (repeated > 0) metrics.repeated(repeated);
  }

  return {
    async accept(wanted) {
      const refusals = await refusalsOf(wanted, parts);
      const answers: Acceptance[] = new Array(wanted.length);
      await refuse(refusals, wanted, answers);
      const nowMs = now();
      const admitted = wanted.flatMap((job, index): Admitted[] =>
        refusals.has(index) ? [] : [{ index, job, toBeAccepted: toAccept(randomUUIDv7(), job, nowMs) }],
      );
      if (admitted.length === 0) return answers;

      const outcomes = await jobs.accept(admitted.map(({ toBeAccepted }) => toBeAccepted));
      const toBeAdded: Admitted[] = [];
      let accepted = 0;
      let repeated = 0;
      admitted.forEach((entry, i) => {
        const outcome = outcomes[i];
        if (outcome?.outcome === 'accepted') {
          accepted++;
          answers[entry.index] = { outcome: 'accepted', id: outcome.id, state: 'accepted', position: null };
          if (!outcome.dueLater) toBeAdded.push(entry);
        } else if (outcome?.outcome === 'duplicate') {
          repeated++;
          answers[entry.index] = { outcome: 'duplicate', id: outcome.id, state: outcome.state };
        } else {
          answers[entry.index] = keyReused();
        }
      });
      if (accepted > 0) metrics.accepted(accepted);
      if (repeated > 0) metrics.repeated(repeated);
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
