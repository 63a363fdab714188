/**
 * Dispatching a window: once, however often it is posted.
 *
 *     open ──▶ accept in Postgres ──▶ add to Redis within 2 s ──▶ ENQUEUED         dispatch-only
 *      │                └─────────────────────┴── could not ──▶ ENQUEUE_FAILED     dispatch-failed
 *      └─ was opened before ─ ENQUEUED ──────────────────────────────────────────  dispatch-duplicate-suppressed
 *                           ├ ENQUEUE_FAILED ─▶ open again
 *                           └ DISPATCHING ────▶ wait for how it ends
 *
 * Who comes second is never told that a window was dispatched before it really was: its opener may die in the middle.
 * Jobs are accepted under keys of the window and their place in the request, so that a second attempt adds none twice.
 * After `dispatch-failed` the jobs that were accepted are durable, and the relay adds them when it can; a retry in
 * the same window finds them, or whatever has become of them.
 */
import { createHash, randomUUID } from 'node:crypto';
import { FairleadError } from '@fairlead/core';
import { type ProblemDocument, problem, problemOf } from '@fairlead/http';
import { type DispatchWindow, type Jobs, newJobId, type Windows } from '@fairlead/ledger';
import type { Producer } from '@fairlead/scheduler';
import type { Admission } from '../admission.ts';
import type { BacklogGate } from '../backlog.ts';
import { backlogFull, type IntakeMetrics } from '../intake.ts';
import type { NewJob } from '../job-input.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import { addAgain } from '../ledger/add-again.ts';
import { toAccept } from '../ledger/job-mapping.ts';
import { pause } from '../loop.ts';
import { windowAt } from './window.ts';

export interface DispatchRequest {
  readonly source: string;
  readonly windowSeconds: number;
  readonly jobs: readonly NewJob[];
}

export type DispatchAnswer =
  | { readonly mode: 'dispatch-only'; readonly window: DispatchWindow; readonly jobIds: readonly string[] }
  | { readonly mode: 'dispatch-duplicate-suppressed'; readonly window: DispatchWindow }
  /** Not enqueued; a retry in the same window is let through. */
  | {
      readonly mode: 'dispatch-failed';
      readonly dispatchKey: string | undefined;
      readonly problem: ProblemDocument;
    }
  /** As it stands this request cannot be dispatched in this window. */
  | { readonly mode: 'refused'; readonly problem: ProblemDocument };

export interface DispatchParts {
  readonly windows: Pick<Windows, 'open' | 'enqueued' | 'failed' | 'get'>;
  readonly jobs: Pick<Jobs, 'accept' | 'jobsToAdd' | 'markQueued' | 'relayNow'>;
  readonly producer: Producer;
  readonly known: Pick<KnownWorkspaces, 'require'>;
  readonly gate: BacklogGate;
  readonly admission: Pick<Admission, 'refusal'>;
  readonly metrics: Pick<IntakeMetrics, 'accepted'>;
  readonly logger: { warn(fields: object, message: string): void };
  readonly now: () => number;
  /** How long a post waits for another one of the same window that is under way. */
  readonly waitMs?: number;
}

const ADD_WITHIN_MS = 2_000;
/** The ledger's deadline for accepting, the 2 s after the commit, and as much again: its dispatcher is dead by then. */
const STALE_MS = 15_000;
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

/** The window was not dispatched, and why. */
interface Failure {
  readonly jobIds: readonly string[];
  readonly problem: ProblemDocument;
  /** No fault of the catalogue: for the log, not for the client. */
  readonly bug?: Error;
}

/**
 * Dispatches the jobs in the window that it is now.
 *
 * @throws FairleadError LEDGER_UNAVAILABLE, REDIS_UNAVAILABLE before the window was opened
 */
export async function dispatch(parts: DispatchParts, request: DispatchRequest): Promise<DispatchAnswer> {
  const { windows, now, waitMs = WAIT_MS } = parts;
  const { source, windowSeconds } = request;
  const { dispatchKey, windowStart } = windowAt(source, windowSeconds, now());
  const until = now() + waitMs;
  for (;;) {
    const { outcome, window } = await windows.open({
      dispatchKey,
      source,
      windowStart,
      windowSeconds,
      correlationId: randomUUID(),
      staleMs: STALE_MS,
    });
    if (outcome === 'opened') {
      const answer = await run(parts, request, window);
      if (answer !== 'lost') return answer;
    } else if (window.status === 'ENQUEUED' || window.status === 'INLINE_EMERGENCY') {
      return { mode: 'dispatch-duplicate-suppressed', window };
    }
    if (now() >= until) return { mode: 'dispatch-failed', dispatchKey, problem: UNDER_WAY };
    await pause(LOOK_EVERY_MS, new AbortController().signal);
  }
}

const UNDER_WAY = problem('DISPATCH_FAILED', 'Another post of this window has been under way for long.', {
  fix: 'Post again in a few seconds: should its dispatcher have died, the window is open again soon.',
  retryAfterSeconds: 5,
});

/** `lost`: it took so long that another has opened the window since. */
async function run(
  parts: DispatchParts,
  request: DispatchRequest,
  window: DispatchWindow,
): Promise<DispatchAnswer | 'lost'> {
  const { windows, logger } = parts;
  const { dispatchKey } = window;
  const result = await enqueue(parts, request, dispatchKey).catch((error: Error): Failure => {
    logger.warn({ dispatchKey, reason: error.message }, 'a window could not be dispatched');
    return {
      jobIds: [],
      problem: problemOf(error),
      ...(error instanceof FairleadError ? {} : { bug: error }),
    };
  });
  if (!('problem' in result)) {
    const isMine = await windows.enqueued(window, result.jobIds);
    if (!isMine) return 'lost';
    return { mode: 'dispatch-only', window, jobIds: result.jobIds };
  }
  // If this fails too, the window is open again when it is stale.
  await windows.failed(window, result.jobIds, result.problem.detail).catch(() => false);
  if (result.bug !== undefined) throw result.bug;
  return result.problem.status >= 500
    ? { mode: 'dispatch-failed', dispatchKey, problem: result.problem }
    : { mode: 'refused', problem: result.problem };
}

async function enqueue(
  parts: DispatchParts,
  { jobs: wanted }: DispatchRequest,
  dispatchKey: string,
): Promise<{ readonly jobIds: readonly string[] } | Failure> {
  const { admission, known, gate, jobs, metrics, now } = parts;
  const refusal = admission.refusal();
  if (refusal !== undefined) return { jobIds: [], problem: refusal };

  const counts = new Map<string, number>();
  for (const { workspace } of wanted) counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
  const workspaces = await known.require([...counts.keys()]);
  const room = await gate.admit(counts, workspaces);
  for (const [workspace, count] of counts) {
    if ((room.get(workspace) ?? 0) >= count) continue;
    const full = backlogFull(workspaces.get(workspace)?.maxBacklog ?? 0);
    if (full.outcome === 'refused') return { jobIds: [], problem: full.problem };
  }

  const items = wanted.map((job, place) => {
    const idempotencyKey = `dispatch:${dispatchKey}:${place}`;
    return toAccept(newJobId(), { ...job, idempotencyKey, requestHash: hashOf(job) }, now());
  });
  const outcomes = await jobs.accept(items);
  const jobIds = outcomes.map(({ id }) => id);
  if (outcomes.some(({ outcome }) => outcome === 'key_reused')) return { jobIds, problem: OTHER_JOBS };
  const fresh = outcomes.filter(({ outcome }) => outcome === 'accepted').length;
  if (fresh > 0) metrics.accepted(fresh);
  const toBeAdded = outcomes.flatMap((answer) =>
    answer.outcome === 'accepted' || (answer.outcome === 'duplicate' && answer.state === 'accepted')
      ? answer.id
      : [],
  );
  if (await addInTime(parts, toBeAdded)) return { jobIds };
  void jobs.relayNow(toBeAdded).catch(() => {});
  return { jobIds, problem: NOT_ENQUEUED };
}

/** Whether all of them are in Redis within 2 s. */
async function addInTime(parts: DispatchParts, ids: readonly string[]): Promise<boolean> {
  const { jobs, producer, now } = parts;
  if (ids.length === 0) return true;
  const answered = new AbortController();
  const added = async () => {
    const wanted = await jobs.jobsToAdd(ids);
    const there = await addAgain(producer, wanted, now());
    // Should this fail, the relay adds them once more, and Redis says that it has them.
    await jobs.markQueued(there).catch(() => {});
    return there.length === wanted.length;
  };
  try {
    return await Promise.race([added(), pause(ADD_WITHIN_MS, answered.signal).then(() => false)]);
  } catch {
    return false;
  } finally {
    answered.abort();
  }
}

const NOT_ENQUEUED = problem(
  'DISPATCH_FAILED',
  'Redis did not take the jobs in time. They are durable, and run when Redis is there again.',
  { fix: 'Post the same again in this window: it adds none of the jobs twice.' },
);

const OTHER_JOBS = problem(
  'IDEMPOTENCY_KEY_REUSED',
  'An earlier post of this window failed half way, and it had other jobs.',
  { fix: 'Post the same jobs again, or wait for the next window.' },
);

function hashOf({ workspace, type, payload }: NewJob): string {
  return createHash('sha256')
    .update(JSON.stringify([workspace, type, payload]))
    .digest('hex');
}
