import type { Request, RequestHandler } from 'express';

/** A request that was answered. All fields but `seconds` have few values. */
export interface AnsweredRequest {
  /** `_OTHER` for a method that is none of HTTP's usual ones. */
  readonly method: string;
  /** The pattern of the route, like `/v1/workspaces/:workspace/jobs`, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells `onAnswered` of each request once its answer is out, or its client is gone. */
export function timing(onAnswered: (request: AnsweredRequest) => void): RequestHandler {
  return (req, res, next) => {
    const startMs = performance.now();
    res.once('close', () => {
      onAnswered({
        method: METHODS.has(req.method) ? req.method : '_OTHER',
        route: routeOf(req),
        // 499 as nginx has it: the client was gone before the answer.
        status: res.writableFinished ? res.statusCode : 499,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
    next();
  };
}

function routeOf(req: Request): string {
  const path: unknown = req.route?.path;
  return typeof path === 'string' ? path.replaceAll('\\', '') : 'unmatched';
}
