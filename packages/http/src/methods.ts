import type { IRouter, RequestHandler } from 'express';
import { ProblemError } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Everything that one path answers to: the given methods, HEAD where there is GET, OPTIONS, and for the
 * rest 405 with `Allow`.
 */
export function methods(
  router: IRouter,
  path: string,
  handlers: Readonly<Partial<Record<Method, RequestHandler<Record<string, string>>>>>,
): void {
  const allowed = Object.keys(handlers);
  if (handlers.GET) allowed.push('HEAD');
  const allow = [...allowed, 'OPTIONS'].sort().join(', ');
  const route = router.route(path);
  for (const [method, handler] of Object.entries(handlers)) {
    route[method.toLowerCase() as Lowercase<Method>](handler as RequestHandler);
  }
  route.options((_req, res) => {
    res.setHeader('allow', allow);
    res.status(204).end();
  });
  route.all((req, res) => {
    res.setHeader('allow', allow);
    throw new ProblemError('METHOD_NOT_ALLOWED', `${req.method} does nothing here.`, {
      fix: `Use one of: ${allow}.`,
    });
  });
}
