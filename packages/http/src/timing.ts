import type { RequestHandler } from 'express';
import { methodOf, routeOf, statusOf } from './request-facts.ts';

/** A request that was answered. All fields but `seconds` have few values. */
export interface AnsweredRequest {
  /** `_OTHER` for a method that is none of HTTP's usual ones. */
  readonly method: string;
  /** The pattern of the route, like `/v1/workspaces/:workspace/jobs`, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** Tells `onAnswered` of each request once its answer is out, or its client is gone. */
export function timing(onAnswered: (request: AnsweredRequest) => void): RequestHandler {
  return (req, res, next) => {
    const startMs = performance.now();
    res.once('close', () => {
      onAnswered({
        method: methodOf(req),
        route: routeOf(req),
        status: statusOf(res),
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
    next();
  };
}
