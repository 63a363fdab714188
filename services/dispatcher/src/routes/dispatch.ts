import { type Handled, handle, mayEnter, problemError, problemOf } from '@fairlead/http';
import { NO_WORKSPACE } from '../api/absent.ts';
import { dispatchWindow } from '../api/dispatch.ts';
import type { IntakeMetrics } from '../intake.ts';
import { type DispatchAnswer, type DispatchParts, dispatch } from '../windows/dispatch.ts';

export type DispatchRoutesParts = DispatchParts & { readonly metrics: Pick<IntakeMetrics, 'rejected'> };

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
          if (document.status !== 503) throw error;
          return { mode: 'dispatch-failed', dispatchKey: undefined, problem: document };
        },
      );
      switch (answer.mode) {
        case 'dispatch-only': {
          const { mode, window, jobIds } = answer;
          const body = { mode, ...presentWindow({ ...window, status: 'ENQUEUED', jobIds: [...jobIds] }) };
          return { status: 202, body };
        }
        case 'dispatch-duplicate-suppressed':
          return { status: 200, body: { mode: answer.mode, ...presentWindow(answer.window) } };
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
  ];
}

/**
 * A source as windows know it. A tenant's are its own, by a sign that no source has: two tenants may call theirs
 * `cron`, and neither sees or takes the other's windows.
 */
function sourceOf(source: string, workspace: string | undefined): string {
  return workspace === undefined ? source : `${workspace}/${source}`;
}

type Shown = Extract<DispatchAnswer, { mode: 'dispatch-duplicate-suppressed' }>['window'];

function presentWindow(window: Shown) {
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
