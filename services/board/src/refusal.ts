/**
 * The answers of the board's guards.
 *
 * A refusal is an RFC 9457 problem document, as everywhere in Fairlead, with two members more: Bull
 * Board's page shows `error` and `message` of a failed call to the person who clicked.
 */
import type { Response } from 'express';

const REFUSALS = {
  UNAUTHENTICATED: { status: 401, title: 'Credentials are needed' },
  FOREIGN_ORIGIN: { status: 403, title: 'The request comes from another site' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  TOO_MANY_ATTEMPTS: { status: 429, title: 'Too many wrong passwords' },
} as const;

export interface Refusal {
  readonly code: keyof typeof REFUSALS;
  readonly detail: string;
  readonly fix: string;
}

/** Ends the response with the problem document of the refusal. */
export function refuse(res: Response, { code, detail, fix }: Refusal): void {
  const { status, title } = REFUSALS[code];
  res.locals['problemCode'] = code;
  const id = res.locals['requestId'];
  const document = {
    type: `urn:fairlead:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    detail,
    fix,
    ...(typeof id === 'string' ? { instance: `urn:uuid:${id}` } : {}),
    error: title,
    message: `${detail} ${fix}`,
  };
  res.status(status).type('application/problem+json').send(JSON.stringify(document));
}
