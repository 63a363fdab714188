import { FAULTS, type FaultCode } from '@fairlead/core';
import { type Operation, problemDocument, problemsOf } from '@fairlead/http';
import { operations } from '../src/api/operations.ts';

/** Answers that the routers around the operations give: to other methods, and to what cannot be decoded. */
const AROUND: readonly FaultCode[] = ['METHOD_NOT_ALLOWED', 'INVALID_REQUEST', 'SHUTTING_DOWN'];

/** @throws when an answer is not one of those that its operation declares */
export function assertDeclared(
  method: string,
  path: string,
  answer: { readonly status: number; readonly headers: Headers; readonly body: unknown },
): void {
  const operation = operationAt(method, path);
  if (operation === undefined) return;
  const { status, headers, body } = answer;
  const declared = operation.answers[status];
  if (declared === undefined) {
    const { code } = problemDocument.parse(body);
    if (FAULTS[code].status !== status) throw new Error(`${operation.id}: ${code} with status ${status}`);
    if (!problemsOf(operation).includes(code) && !AROUND.includes(code)) {
      throw new Error(`${operation.id} answers ${code}, which it does not declare`);
    }
    return;
  }
  for (const name of Object.keys(declared.headers ?? {})) {
    if (!headers.has(name)) throw new Error(`${operation.id} answers ${status} without ${name}`);
  }
  if (declared.schema) declared.schema.parse(body);
  else if (body !== undefined) throw new Error(`${operation.id} answers ${status} with a body`);
}

function operationAt(method: string, path: string): Operation | undefined {
  const [pathname = ''] = path.split('?');
  return operations.find(
    (operation) =>
      operation.method === method &&
      new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
}
