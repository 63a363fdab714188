/**
 * Who may do what: the key, its scope, its workspace, in this order.
 *
 * No key, a wrong one and a revoked one get the same answer, and so do another tenant's things and things that do
 * not exist: a refusal must not tell what is there.
 */
import type { Request, Response } from 'express';
import type { Access, Principal, Scope } from './operation.ts';
import { ProblemError, problemError } from './problem.ts';

/** Undefined for a key that is not good; rejects with a fault (503) when nobody can say. */
export type Authenticate = (key: string) => Promise<Principal | undefined>;

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** @throws ProblemError UNAUTHENTICATED, with `WWW-Authenticate` set on the answer */
export async function requirePrincipal(
  req: Request,
  res: Response,
  authenticate: Authenticate,
): Promise<Principal> {
  const key = BEARER.exec(req.headers.authorization ?? '')?.[1];
  const principal = key === undefined ? undefined : await authenticate(key);
  if (principal !== undefined) return principal;
  res.setHeader('www-authenticate', 'Bearer');
  throw new ProblemError('UNAUTHENTICATED', 'The request carries no key that is good here.', {
    fix: 'Send the header "Authorization: Bearer flk_…" with a key that is not revoked.',
  });
}

/** @throws ProblemError INSUFFICIENT_SCOPE, OPERATORS_ONLY, and `absent` of a tenant's operation */
export function authorize(principal: Principal, access: Access, workspace: string | undefined): void {
  if (!hasScope(principal, access.scope)) {
    throw new ProblemError('INSUFFICIENT_SCOPE', `This needs a key with the scope "${access.scope}".`, {
      fix: 'Use another key, or ask an operator for one.',
    });
  }
  if (principal.workspace === undefined) return;
  if (access.tenants === 'no') {
    throw new ProblemError('OPERATORS_ONLY', 'A key that is bound to a workspace cannot do this.', {
      fix: 'Use a key that is bound to none.',
    });
  }
  if (access.tenants === 'own' && workspace !== principal.workspace) throw problemError(access.absent);
}

function hasScope({ scopes }: Principal, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has('admin');
}

/** Whether a workspace exists for this principal. */
export function mayEnter(principal: Principal, workspace: string): boolean {
  return principal.workspace === undefined || principal.workspace === workspace;
}
