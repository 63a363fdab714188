import type { Express, RequestHandler } from 'express';
import { isDraining } from './draining.ts';
import { ProblemError, problemOf, sendProblem } from './problem.ts';
import { within } from './readiness.ts';

/** Orchestrators give a probe a second by default. */
const READY_DEADLINE_MS = 1_000;

/** Says that the process is alive: it can answer. */
export const healthz: RequestHandler = (_req, res) => {
  res.json({ status: 'alive' });
};

/**
 * Says whether the service can work: 200, or 503 with what is down. Answers in about a second whatever
 * `readiness` does; askers at the same time share one look.
 */
export function readyz(app: Express, readiness: () => Promise<void>): RequestHandler {
  let looking: Promise<void> | undefined;
  return async (_req, res) => {
    try {
      if (isDraining(app)) throw new ProblemError('SHUTTING_DOWN', 'The service finishes its last requests.');
      looking ??= within(readiness(), READY_DEADLINE_MS).finally(() => {
        looking = undefined;
      });
      await looking;
      res.json({ status: 'ready' });
    } catch (error) {
      sendProblem(res, problemOf(error));
    }
  };
}
