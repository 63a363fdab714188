/**
 * Who may change anything through the board, and what.
 *
 * The board is read-only unless it was started with actions. With actions it may retry what failed and
 * promote what is delayed: the scheduler's sweep finds both. Jobs that a ledger has are refused that too
 * (`recorded-jobs.ts`). Everything else that stock Bull Board offers
 * (pausing, cleaning, obliterating, editing payloads, rate limits) either writes the queue's `meta` hash
 * or destroys what only the API may destroy, and is refused whatever the page shows.
 */
import type { RequestHandler } from 'express';
import { refuse } from './refusal.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Bull Board's route templates that a board with actions serves. */
const ALLOWED_ACTIONS: ReadonlySet<string> = new Set([
  'put /api/queues/:queueName/:jobId/retry',
  'put /api/queues/:queueName/:jobId/promote',
  'put /api/queues/:queueName/retry/:queueStatus',
  'put /api/queues/:queueName/promote',
]);

/**
 * Lets writes pass only when actions are on (else 405) and the request comes from a page of this very
 * host (else 403). The scheme is not compared: a proxy may have ended TLS on the way.
 */
export function guardWrites(options: { readonly actions: boolean }): RequestHandler {
  return (req, res, next) => {
    if (READS.has(req.method)) return next();
    if (!options.actions) {
      res.setHeader('allow', 'GET, HEAD');
      return refuse(res, {
        code: 'METHOD_NOT_ALLOWED',
        detail: 'This board is read-only.',
        fix: 'Start it with FAIRLEAD_BOARD_ACTIONS=on to retry and promote jobs from it.',
      });
    }
    const origin = originHost(req.headers.origin);
    if (origin === undefined || origin !== req.headers.host?.toLowerCase()) {
      return refuse(res, {
        code: 'FOREIGN_ORIGIN',
        detail: 'A change needs an Origin header that names the host it is sent to.',
        fix: 'Make it from the board itself; behind a proxy, pass the Host header through.',
      });
    }
    next();
  };
}

/** Whether a board with actions serves this Bull Board route. Reads always are. */
export function isAllowedRoute(method: string, route: string): boolean {
  return READS.has(method.toUpperCase()) || ALLOWED_ACTIONS.has(`${method} ${route}`);
}

/** Host and port of an Origin header; undefined when absent or opaque. */
function originHost(origin: string | undefined): string | undefined {
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  const { protocol, host } = new URL(origin);
  return protocol === 'http:' || protocol === 'https:' ? host : undefined;
}
