import { FairleadError, type FaultCode, isWorkspaceSlug } from '@fairlead/core';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { ZodObject } from 'zod';
import { type Authenticate, authorize, requirePrincipal } from './authorize.ts';
import { type Method, methods } from './methods.ts';
import type { AnyReply, Handled, Operation } from './operation.ts';
import { parseBody } from './parse-body.ts';
import { type ProblemDocument, problemOf, sendProblem } from './problem.ts';
import { requireShape } from './shape.ts';

/** What any operation may answer besides its own problems. */
const COMMON: readonly FaultCode[] = [
  'UNAUTHENTICATED',
  'INSUFFICIENT_SCOPE',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'LEDGER_UNAVAILABLE',
  'SHUTTING_DOWN',
];

/** All problems that an operation can answer with. */
export function problemsOf(operation: Operation): FaultCode[] {
  const { access, params, query, headers, body, problems } = operation;
  const codes = new Set([...COMMON, ...problems]);
  if (access.tenants === 'no') codes.add('OPERATORS_ONLY');
  if (access.tenants === 'own') codes.add(access.absent.code);
  if (params?.['workspace']) codes.add('WORKSPACE_NAME_INVALID');
  if (params ?? query ?? headers ?? body) codes.add('INVALID_REQUEST');
  if (body) {
    codes.add('MALFORMED_JSON').add('UNSUPPORTED_MEDIA_TYPE').add('BODY_TOO_LARGE').add('REQUEST_TIMEOUT');
  }
  return [...codes];
}

/** Registers operations by path. Each answers 401, 403, 404 or 400 before its handler is called. */
export function mountOperations(
  router: Router,
  handled: readonly Handled[],
  { authenticate }: { readonly authenticate: Authenticate },
): void {
  const byPath = new Map<string, Partial<Record<Method, RequestHandler<Record<string, string>>>>>();
  for (const one of handled) {
    const { method, path, id } = one.operation;
    const handlers = byPath.get(path) ?? {};
    if (handlers[method]) throw new Error(`${id}: ${method} ${path} is another operation's`);
    handlers[method] = requestHandler(one, authenticate);
    byPath.set(path, handlers);
  }
  for (const [path, handlers] of byPath) methods(router, expressPath(path), handlers);
}

function requestHandler({ operation, handle, onProblem }: Handled, authenticate: Authenticate) {
  const { access, query, headers, body } = operation;
  const readBody = body && body.readBy !== 'handler' ? parseBody(body.schema, body) : undefined;

  async function answer(req: Request<Record<string, string>>, res: Response): Promise<AnyReply> {
    const principal = await requirePrincipal(req as Request, res, authenticate);
    authorize(principal, access, req.params['workspace']);
    return handle({
      principal,
      req: req as Request,
      params: paramsOf(operation, req.params) as never,
      query: (query && requireShape(query, { ...req.query })) as never,
      headers: (headers && requireShape(headers, pick(req.headers, headers))) as never,
      body: (await readBody?.(req)) as never,
    });
  }

  return async (req: Request<Record<string, string>>, res: Response): Promise<void> => {
    try {
      send(res, await answer(req, res));
    } catch (error) {
      onProblem?.(problemOf(error).code);
      throw error;
    }
  };
}

function send(res: Response, { status, headers, body }: AnyReply): void {
  if (headers) res.set(headers);
  if (status >= 400) sendProblem(res, body as ProblemDocument);
  else if (body === undefined) res.status(status).end();
  else res.status(status).json(body);
}

function paramsOf({ params }: Operation, given: Readonly<Record<string, string>>): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(params ?? {})) {
    if (name === 'workspace' && !isWorkspaceSlug(given[name] ?? '')) throw badSlug();
    parsed[name] = requireShape(schema, given[name]);
  }
  return parsed;
}

function badSlug(): FairleadError {
  return new FairleadError('WORKSPACE_NAME_INVALID', 'This is not a name of a workspace.', {
    fix: 'Use 1 to 63 of a-z, 0-9 and "-", beginning with a letter or digit.',
  });
}

/** Only the headers that are declared: there are always others. */
function pick(given: Request['headers'], schema: ZodObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

/** `/v1/dead:redrive/{id}` → `/v1/dead\:redrive/:id` */
function expressPath(template: string): string {
  return template.replaceAll(':', '\\:').replaceAll(/\{(\w+)\}/g, ':$1');
}
