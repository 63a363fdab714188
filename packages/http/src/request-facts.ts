import type { Request, Response } from 'express';

/** What is asked every second, by machines that already act on the answer. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** `_OTHER` for a method that is none of HTTP's usual ones. */
export function methodOf({ method }: Request): string {
  return METHODS.has(method) ? method : '_OTHER';
}

/** The pattern of the route, like `/v1/workspaces/:workspace/jobs`, or `unmatched`. */
export function routeOf(req: Request): string {
  const path: unknown = req.route?.path;
  return typeof path === 'string' ? path.replaceAll('\\', '') : 'unmatched';
}

/** 499, as nginx has it, when the client was gone before the answer. */
export function statusOf(res: Response): number {
  return res.writableFinished ? res.statusCode : 499;
}
