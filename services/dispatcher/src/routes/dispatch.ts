import { isWorkspaceSlug } from '@fairlead/core';
import { methods, parseBody, problemError, problemOf, sendProblem } from '@fairlead/http';
import type { Router } from 'express';
import { z } from 'zod';
import type { IntakeMetrics } from '../intake.ts';
import { jobFields } from '../job-input.ts';
import { type DispatchAnswer, type DispatchParts, dispatch } from '../windows/dispatch.ts';

export type DispatchRoutesParts = DispatchParts & { readonly metrics: Pick<IntakeMetrics, 'rejected'> };

const MAX_JOBS = 1_000;
const DEFAULT_WINDOW_SECONDS = 60;

export const dispatchBody = z.strictObject({
  /** No ":", which divides the parts of the dispatch key. */
  source: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/i,
      'must be 1 to 64 of a-z, A-Z, 0-9, ".", "_" and "-", not beginning with a sign',
    ),
  windowSeconds: z.int().min(15).max(3_600).optional(),
  jobs: z
    .array(
      z.strictObject({
        workspace: z.string().refine(isWorkspaceSlug, 'is not a name of a workspace'),
        type: jobFields.type,
        payload: jobFields.payload,
      }),
    )
    .min(1)
    .max(MAX_JOBS),
});

/** Dispatch windows, for cron callers. They need the ledger. */
export function dispatchRoutes(router: Router, parts: DispatchRoutesParts): void {
  const readDispatch = parseBody(dispatchBody);

  methods(router, '/v1/dispatch', {
    POST: async (req, res) => {
      const { source, windowSeconds = DEFAULT_WINDOW_SECONDS, jobs } = await readDispatch(req);
      const answer = await dispatch(parts, { source, windowSeconds, jobs }).catch(
        (error: unknown): DispatchAnswer => {
          const document = problemOf(error);
          if (document.status !== 503) throw error;
          return { mode: 'dispatch-failed', dispatchKey: undefined, problem: document };
        },
      );
      switch (answer.mode) {
        case 'dispatch-only':
          res.status(202).json({
            mode: answer.mode,
            ...presentWindow({ ...answer.window, status: 'ENQUEUED', jobIds: [...answer.jobIds] }),
          });
          return;
        case 'dispatch-duplicate-suppressed':
          res.status(200).json({ mode: answer.mode, ...presentWindow(answer.window) });
          return;
        case 'dispatch-failed': {
          const { mode, dispatchKey, problem } = answer;
          parts.metrics.rejected(problem.code, jobs.length);
          const document = { ...problem, mode, retryable: true, ...(dispatchKey ? { dispatchKey } : {}) };
          sendProblem(res, document);
          return;
        }
        case 'refused':
          parts.metrics.rejected(answer.problem.code, jobs.length);
          throw problemError(answer.problem);
      }
    },
  });
}

type Shown = Extract<DispatchAnswer, { mode: 'dispatch-duplicate-suppressed' }>['window'];

function presentWindow(window: Shown): Record<string, unknown> {
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
