import { type Handled, handle, mayEnter, problemError, problemOf } from '@fairlead/http';
import type { DispatchWindow, FunctionRun, FunctionRuns, Windows } from '@fairlead/ledger';
import type { Tally } from '@fairlead/scheduler';
import type { Admission } from '../admission.ts';
import { NO_WINDOW, NO_WORKSPACE } from '../api/absent.ts';
import { dispatchWindow, getDispatchWindow, listDispatchWindows } from '../api/dispatch.ts';
import { type FunctionRunAnswer, listFunctionRuns } from '../api/function-runs.ts';
import { countDispatched, countRefused } from '../counting.ts';
import type { IntakeMetrics } from '../intake.ts';
import { given, pressureHeader, pressureOnAll } from '../pressure/answers.ts';
import { type DispatchAnswer, type DispatchParts, dispatch } from '../windows/dispatch.ts';

export type DispatchRoutesParts = DispatchParts & {
  readonly admission: Pick<Admission, 'pressureOn'>;
  readonly windows: Pick<Windows, 'get' | 'page'>;
  readonly functionRuns: Pick<FunctionRuns, 'page'>;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
  readonly tally: Tally;
};

const DEFAULT_WINDOW_SECONDS = 60;

/** Dispatch windows, for cron callers. They need the ledger. */
export function dispatchRoutes(parts: DispatchRoutesParts): Handled[] {
  return [
    handle(dispatchWindow).by(async ({ body, principal }) => {
      const { windowSeconds = DEFAULT_WINDOW_SECONDS, jobs } = body;
      if (!jobs.every(({ workspace }) => mayEnter(principal, workspace))) throw problemError(NO_WORKSPACE);
      const source = sourceOf(body.source, principal.workspace);
      const answer = await dispatch(parts, { source, windowSeconds, jobs }).catch(
        (error: unknown): DispatchAnswer => {
          const document = problemOf(error);
          if (document.status !== 503) {
            countRefused(parts.tally, jobs, document);
            throw error;
          }
          return { mode: 'dispatch-failed', dispatchKey: undefined, problem: document };
        },
      );
      countDispatched(parts.tally, jobs, answer);
      switch (answer.mode) {
        case 'dispatch-only': {
          const { mode, window } = answer;
          const pressure = pressureOnAll(new Set(jobs.map(({ workspace }) => workspace)), parts.admission);
          const body = { mode, ...presentWindow(window), ...given(pressure) };
          return { status: 202, headers: pressureHeader(pressure), body };
        }
        case 'dispatch-duplicate-suppressed': {
          const { mode, window, run } = answer;
          return { status: 200, body: { mode, ...presentWindow(window), run: run && presentRun(run) } };
        }
        case 'inline-emergency-fallback':
        case 'inline-forced':
        case 'inline-stale-run-recovery':
          return { status: 200, body: presentInline(answer) };
        case 'dispatch-failed': {
          const { mode, dispatchKey, problem } = answer;
          parts.metrics.rejected(problem.code, jobs.length);
          return { status: 503, body: { ...problem, mode, retryable: true, dispatchKey } };
        }
        case 'refused':
          parts.metrics.rejected(answer.problem.code, jobs.length);
          throw problemError(answer.problem);
      }
    }),
    handle(getDispatchWindow).by(async ({ params: { dispatchKey } }) => {
      const window = await parts.windows.get(dispatchKey);
      if (window === undefined) throw problemError(NO_WINDOW);
      const run = await parts.functionRuns.get(dispatchKey);
      const body = { ...presentStored(window), run: run === undefined ? null : presentRun(run) };
      return { status: 200, body };
    }),
    handle(listDispatchWindows).by(async ({ query }) => {
      const { windows, cursor } = await parts.windows.page(query);
      return { status: 200, body: { windows: windows.map(presentStored), nextCursor: cursor ?? null } };
    }),
    handle(listFunctionRuns).by(async ({ query }) => {
      const { runs, cursor } = await parts.functionRuns.page(query);
      return { status: 200, body: { runs: runs.map(presentRun), nextCursor: cursor ?? null } };
    }),
  ];
}

/**
 * A source as windows know it. A tenant's are its own, by a sign that no source has: two tenants may call theirs
 * `cron`, and neither sees or takes the other's windows.
 */
function sourceOf(source: string, workspace: string | undefined): string {
  return workspace === undefined ? source : `${workspace}/${source}`;
}

function presentInline(answer: Extract<DispatchAnswer, { jobs: unknown }>) {
  const { mode, window, run, jobs } = answer;
  const shown = {
    ...presentWindow(window),
    run: presentRun(run),
    jobs: jobs.map(({ log, ...job }) => ({ ...job, ...(log === undefined ? {} : { log: [...log] }) })),
  };
  if (mode !== 'inline-emergency-fallback') return { mode, ...shown };
  return { mode, ...shown, fallbackEndsAt: answer.fallbackEndsAt?.toISOString() };
}

function presentRun(run: FunctionRun): FunctionRunAnswer {
  const { runKey, name, status, attempt, correlationId, startedAt, finishedAt, durationMs, lastError } = run;
  return {
    runKey,
    name,
    status,
    attempt,
    correlationId,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    durationMs,
    lastError,
  };
}

function presentStored(window: DispatchWindow) {
  const { attempt, error, createdAt, updatedAt } = window;
  return {
    ...presentWindow(window),
    attempt,
    error,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function presentWindow(window: DispatchWindow) {
  const { dispatchKey, source, windowStart, windowSeconds, correlationId, status, jobIds } = window;
  return {
    dispatchKey,
    source,
    windowStart: windowStart.toISOString(),
    windowSeconds,
    correlationId,
    status,
    jobIds,
  };
}
