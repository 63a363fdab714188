/**
 * Dispatching a window: once, however often it is posted.
 *
 *     open ──▶ accept in Postgres ─┬▶ add to Redis within 2 s ──▶ ENQUEUED     dispatch-only
 *      │                           ├──── could not, fallback ─▶ run inline ─▶ inline-emergency-fallback
 *      │                           ├──── could not ───────────▶ ENQUEUE_FAILED dispatch-failed
 *      │                           └▶ way is inline, also of some only ─▶ run these inline ─▶ inline-forced
 *      └─ was opened before ─ ENQUEUED ─────────────────────────────────────▶ dispatch-duplicate-suppressed
 *                           ├ INLINE_EMERGENCY ───────────────────────────── ▶ the same
 *                           │        └─ its run is stale ─▶ run what is left ▶ inline-stale-run-recovery
 *                           ├ ENQUEUE_FAILED ─▶ open again
 *                           └ DISPATCHING ────▶ wait for how it ends
 *
 * Who comes second is never told that a window was dispatched before it really was: its opener may die in the middle.
 * Jobs are accepted under keys of the window and their place in the request, so that a second attempt adds none twice.
 * After `dispatch-failed` the jobs that were accepted are durable, and the relay adds them when it can; a retry in
 * the same window finds them, or whatever has become of them.
 *
 * Nothing runs inline before the jobs were taken from the queue in one transaction (see `Windows` in the ledger): what
 * has reached Redis all the same, or gets there later, is refused by the consumers. They are accepted for the queue even
 * when the mode is inline: a dispatcher that dies before it took them leaves them to the relay.
 */
import { randomUUID } from 'node:crypto';
import { FairleadError } from '@fairlead/core';
import { type ProblemDocument, pause, problem, problemOf } from '@fairlead/http';
import {
  type DispatchWindow,
  type FunctionRun,
  type FunctionRuns,
  type Jobs,
  newJobId,
  type Windows,
  type Workspaces,
  windowJobKey,
} from '@fairlead/ledger';
import type { Producer } from '@fairlead/scheduler';
import type { Admission } from '../admission.ts';
import { requestHash } from '../idempotency.ts';
import type { IntakeMetrics } from '../intake.ts';
import type { NewJob } from '../job-input.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import { addAgain } from '../ledger/add-again.ts';
import { toAccept } from '../ledger/job-mapping.ts';
import { backlogFull, DRAINING } from '../refusals.ts';
import type { SendSpan } from '../send-span.ts';
import type { InlineResult } from './inline-runner.ts';
import type { InlineRuns } from './inline-runs.ts';
import type { DispatchSwitches, Route } from './switches.ts';
import { windowAt } from './window.ts';

export interface DispatchRequest {
  readonly source: string;
  readonly windowSeconds: number;
  readonly jobs: readonly NewJob[];
}

export type DispatchAnswer =
  | { readonly mode: 'dispatch-only'; readonly window: DispatchWindow }
  /** With its run, if it ran inline. */
  | {
      readonly mode: 'dispatch-duplicate-suppressed';
      readonly window: DispatchWindow;
      readonly run: FunctionRun | undefined;
    }
  | {
      readonly mode: 'inline-forced';
      readonly window: DispatchWindow;
      readonly run: FunctionRun;
      readonly jobs: readonly InlineResult[];
      /** Workspaces whose jobs are the queue's, and were not there in time; the relay adds them. */
      readonly notInTime: ReadonlySet<string>;
    }
  | {
      readonly mode: 'inline-emergency-fallback' | 'inline-stale-run-recovery';
      readonly window: DispatchWindow;
      readonly run: FunctionRun;
      /** Those that ran here; the others of the window are the queue's, or were done before. */
      readonly jobs: readonly InlineResult[];
      /** Of the emergency fallback. */
      readonly fallbackEndsAt?: Date | undefined;
    }
  /** Not enqueued; a retry in the same window is let through. */
  | {
      readonly mode: 'dispatch-failed';
      readonly dispatchKey: string | undefined;
      readonly problem: ProblemDocument;
    }
  /** As it stands this request cannot be dispatched in this window. */
  | { readonly mode: 'refused'; readonly problem: ProblemDocument };

export interface DispatchParts {
  readonly windows: Pick<Windows, 'open' | 'enqueued' | 'failed'>;
  readonly functionRuns: Pick<FunctionRuns, 'get'>;
  readonly jobs: Pick<Jobs, 'accept' | 'jobsToAdd' | 'markQueued' | 'relayNow' | 'backlogOf'>;
  readonly workspaces: Pick<Workspaces, 'ensure'>;
  readonly producer: Producer;
  readonly known: Pick<KnownWorkspaces, 'require'>;
  readonly admission: Pick<Admission, 'refusal' | 'refusalOf'>;
  readonly inlineRuns: Pick<InlineRuns, 'canRun' | 'begin' | 'recover'>;
  readonly switches: DispatchSwitches;
  readonly metrics: Pick<IntakeMetrics, 'accepted'>;
  /** Undefined when nothing is traced. */
  readonly sendSpan?: SendSpan | undefined;
  readonly logger: { warn(fields: object, message: string): void };
  readonly now: () => number;
  /** How long a post waits for another one of the same window that is under way. */
  readonly waitMs?: number;
  /** How long a post waits until Redis has its jobs; default 2,000. */
  readonly addWithinMs?: number | undefined;
}

const ADD_WITHIN_MS = 2_000;
/** The ledger's deadline for accepting, the 2 s after the commit, and as much again: its dispatcher is dead by then. */
const STALE_MS = 15_000;
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

/** The window was not dispatched, and why. */
interface Failure {
  /** Of this post; none: those of an earlier one stand. */
  readonly jobIds: readonly string[];
  readonly problem: ProblemDocument;
  /** No fault of the catalogue: for the log, not for the client. */
  readonly bug?: Error;
}

/**
 * Dispatches the jobs in the window that it is now.
 *
 * @throws FairleadError LEDGER_UNAVAILABLE before the window was opened, or when what ran inline could not be recorded
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
      const answer = await dispatchOpened(parts, request, window);
      if (answer !== 'lost') return answer;
    } else if (window.status === 'ENQUEUED') {
      return { mode: 'dispatch-duplicate-suppressed', window, run: undefined };
    } else if (window.status === 'INLINE_EMERGENCY') {
      return ranInline(parts, window);
    }
    if (now() >= until) return { mode: 'dispatch-failed', dispatchKey, problem: UNDER_WAY };
    await pause(LOOK_EVERY_MS, new AbortController().signal);
  }
}

const UNDER_WAY = problem('DISPATCH_FAILED', 'Another post of this window has been under way for long.', {
  fix: 'Post again in a few seconds: should its dispatcher have died, the window is open again soon.',
  retryAfterSeconds: 5,
});

/** A window that ran, or runs, inline: as long as its run is not stale, this post is a duplicate. */
async function ranInline(parts: DispatchParts, window: DispatchWindow): Promise<DispatchAnswer> {
  const { inlineRuns, functionRuns } = parts;
  const recovered = await inlineRuns.recover(window.dispatchKey);
  if (recovered !== undefined && recovered.jobs.length > 0) {
    return { mode: 'inline-stale-run-recovery', window, ...recovered };
  }
  const run = recovered?.run ?? (await functionRuns.get(window.dispatchKey));
  return { mode: 'dispatch-duplicate-suppressed', window, run };
}

/** `lost`: it took so long that another has opened the window since. */
async function dispatchOpened(
  parts: DispatchParts,
  request: DispatchRequest,
  window: DispatchWindow,
): Promise<DispatchAnswer | 'lost'> {
  const { windows, logger } = parts;
  const { dispatchKey } = window;
  const result = await enqueueOrRun(parts, request, window).catch((error: Error): Failure => {
    logger.warn({ dispatchKey, reason: error.message }, 'a window could not be dispatched');
    return {
      jobIds: [],
      problem: problemOf(error),
      ...(error instanceof FairleadError ? {} : { bug: error }),
    };
  });
  if (result === 'lost' || 'mode' in result) return result;
  const jobIds = result.jobIds.length > 0 ? result.jobIds : window.jobIds;
  // If this fails too, the window is open again when it is stale.
  await windows.failed(window, jobIds, result.problem.detail).catch(() => false);
  if (result.bug !== undefined) throw result.bug;
  return result.problem.status >= 500
    ? { mode: 'dispatch-failed', dispatchKey, problem: result.problem }
    : { mode: 'refused', problem: result.problem };
}

async function enqueueOrRun(
  parts: DispatchParts,
  request: DispatchRequest,
  window: DispatchWindow,
): Promise<DispatchAnswer | 'lost' | Failure> {
  const { admission, inlineRuns, switches, jobs, windows } = parts;
  const routeOf = await switches.routes();
  const routes = new Set(request.jobs.map(({ workspace }) => routeOf(workspace)));
  const isForced = routes.has('inline');
  if (isForced && !inlineRuns.canRun) return { jobIds: [], problem: NO_HANDLERS };
  const mayFallBack = async () => (inlineRuns.canRun ? switches.fallback() : undefined);
  // What runs inline is nothing to Redis.
  const refusal = routes.has('queue') ? admission.refusal() : undefined;
  if (refusal !== undefined && (await mayFallBack()) === undefined) return { jobIds: [], problem: refusal };

  const accepted = await accept(parts, request, window, routeOf);
  if ('problem' in accepted) return accepted;
  const { jobIds, toBeAdded, inlineIds, forcedIds } = accepted;
  const enqueued = async (): Promise<DispatchAnswer | 'lost'> =>
    (await windows.enqueued(window, jobIds))
      ? { mode: 'dispatch-only', window: { ...window, status: 'ENQUEUED', jobIds: [...jobIds] } }
      : 'lost';
  const add = async () => refusal === undefined && (await addInTime(parts, request, toBeAdded));
  const shown = { ...window, status: 'INLINE_EMERGENCY' as const, jobIds: [...jobIds] };

  if (isForced) {
    // What the queue has is durable either way: if it is not there in time, the relay adds it.
    const added = add().then((isAdded) => {
      if (!isAdded) void jobs.relayNow(toBeAdded).catch(() => {});
      return isAdded;
    });
    const [ran, isAdded] = await Promise.all([inlineRuns.begin(window, jobIds, forcedIds), added]);
    if (ran !== undefined) {
      const queued = request.jobs.flatMap(({ workspace }) =>
        routeOf(workspace) === 'queue' ? workspace : [],
      );
      return { mode: 'inline-forced', window: shown, ...ran, notInTime: new Set(isAdded ? [] : queued) };
    }
    // Nothing was left to be taken: the queue has had it all from an earlier post, or a consumer from this one.
    return isAdded ? enqueued() : { jobIds, problem: refusal ?? NOT_ENQUEUED };
  }
  if (await add()) return enqueued();
  const fallback = inlineIds.length === 0 ? undefined : await mayFallBack();
  if (fallback !== undefined) {
    const ran = await inlineRuns.begin(window, jobIds, inlineIds);
    if (ran === undefined) return enqueued();
    return { mode: 'inline-emergency-fallback', window: shown, ...ran, fallbackEndsAt: fallback.endsAt };
  }
  void jobs.relayNow(toBeAdded).catch(() => {});
  return { jobIds, problem: refusal ?? NOT_ENQUEUED };
}

interface Accepted {
  /** In the order of the request. */
  readonly jobIds: readonly string[];
  /** The queue's. Redis has not confirmed these. */
  readonly toBeAdded: readonly string[];
  /** Of these, those that may run inline: a paused workspace's jobs wait, as its operator wished. */
  readonly inlineIds: readonly string[];
  /** Those that are to run inline, under the same condition. */
  readonly forcedIds: readonly string[];
}

/** Asks Redis for nothing: it may be the one that is away. */
async function accept(
  parts: DispatchParts,
  { jobs: wanted }: DispatchRequest,
  { dispatchKey, jobIds: acceptedBefore }: DispatchWindow,
  routeOf: (workspace: string) => Route,
): Promise<Accepted | Failure> {
  const { workspaces, jobs, admission, metrics, now } = parts;
  const counts = new Map<string, number>();
  for (const { workspace } of wanted) counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
  const records = await workspaces.ensure([...counts.keys()]);
  // The jobs of an earlier post that failed are in the backlog already: they need no more room.
  const isNew = acceptedBefore.length === 0;
  const backlog = isNew ? await jobs.backlogOf([...counts.keys()]) : new Map();
  for (const { slug, settings } of records) {
    if (settings.draining) return { jobIds: [], problem: DRAINING };
    const refusal = isNew ? admission.refusalOf(slug) : undefined;
    if (refusal !== undefined) return { jobIds: [], problem: refusal };
    if ((backlog.get(slug) ?? 0) + (counts.get(slug) ?? 0) <= settings.maxBacklog) continue;
    return { jobIds: [], problem: backlogFull(settings.maxBacklog) };
  }

  const items = wanted.map((job, place) => {
    const idempotencyKey = windowJobKey(dispatchKey, place);
    return toAccept(newJobId(), { ...job, idempotencyKey, requestHash: hashOf(job) }, now());
  });
  const { sendSpan } = parts;
  const outcomes = await (sendSpan && items.length > 0
    ? sendSpan(items, (traceparent) => jobs.accept(items.map((item) => ({ ...item, traceparent }))))
    : jobs.accept(items));
  const jobIds = outcomes.map(({ id }) => id);
  if (outcomes.some(({ outcome }) => outcome === 'key_reused')) return { jobIds, problem: OTHER_JOBS };
  const fresh = outcomes.filter(({ outcome }) => outcome === 'accepted').length;
  if (fresh > 0) metrics.accepted(fresh);
  const paused = new Set(records.filter(({ settings }) => settings.paused).map(({ slug }) => slug));
  const open = outcomes.flatMap((answer, place) => {
    const isOpen =
      answer.outcome === 'accepted' || (answer.outcome === 'duplicate' && answer.state === 'accepted');
    const { workspace } = wanted[place] as NewJob;
    return isOpen ? [{ id: answer.id, route: routeOf(workspace), isPaused: paused.has(workspace) }] : [];
  });
  const ids = (which: (job: (typeof open)[number]) => boolean) => open.filter(which).map(({ id }) => id);
  return {
    jobIds,
    toBeAdded: ids(({ route }) => route === 'queue'),
    inlineIds: ids(({ route, isPaused }) => route === 'queue' && !isPaused),
    forcedIds: ids(({ route, isPaused }) => route === 'inline' && !isPaused),
  };
}

/** Whether all of them are in Redis in time. */
async function addInTime(
  parts: DispatchParts,
  { jobs: wanted }: DispatchRequest,
  ids: readonly string[],
): Promise<boolean> {
  const { jobs, known, producer, now, addWithinMs = ADD_WITHIN_MS } = parts;
  if (ids.length === 0) return true;
  const answered = new AbortController();
  const added = async () => {
    // A workspace that is new has its settings before its jobs.
    await known.require([...new Set(wanted.map(({ workspace }) => workspace))]);
    const missing = await jobs.jobsToAdd(ids);
    const there = await addAgain(producer, missing, now());
    // Should this fail, the relay adds them once more, and Redis says that it has them.
    await jobs.markQueued(there).catch(() => {});
    return there.length === missing.length;
  };
  try {
    return await Promise.race([added(), pause(addWithinMs, answered.signal).then(() => false)]);
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

const NO_HANDLERS = problem(
  'DISPATCH_FAILED',
  'Windows are to be run inline (dispatch-mode), and this dispatcher has no handlers.',
  { fix: 'Start every dispatcher with FAIRLEAD_HANDLERS, or set the flag dispatch-mode to "queue".' },
);

const OTHER_JOBS = problem(
  'IDEMPOTENCY_KEY_REUSED',
  'An earlier post of this window failed half way, and it had other jobs.',
  { fix: 'Post the same jobs again, or wait for the next window.' },
);

function hashOf({ workspace, type, payload }: NewJob): string {
  return requestHash([workspace, type, payload]);
}
