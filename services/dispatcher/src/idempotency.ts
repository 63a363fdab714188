/**
 * Idempotency keys: the header of a single job, a field of each job of a batch. The request that belongs to a key is
 * the job itself, so a retry may come in the other form.
 */
import { createHash } from 'node:crypto';
import { type ProblemDocument, problem } from '@fairlead/http';

/** `impossible`: without the ledger nobody remembers keys. */
export type KeyRule = 'optional' | 'required' | 'impossible';

/** The fields that make a request what it is; its parsed body, so that white space and order make no other one. */
export function keyFields(
  idempotencyKey: string | undefined,
  body: object,
): { readonly idempotencyKey: string; readonly requestHash: string } | undefined {
  if (idempotencyKey === undefined) return undefined;
  return { idempotencyKey, requestHash: requestHash(body) };
}

/**
 * The SHA-256 of a parsed request, in hex: of its canonical JSON, with the members of all objects in one order, as
 * RFC 8785 has it. A client that builds its payload anew for a retry may well build it in another order.
 */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, inOneOrder)).digest('hex');
}

function inOneOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Why a job with this key, or without one, is refused. */
export function keyRefusal(key: string | undefined, rule: KeyRule): ProblemDocument | undefined {
  // Better refused than ignored: who sends a key relies on it when the answer is lost.
  if (rule === 'impossible' && key !== undefined) return NOBODY_REMEMBERS;
  return rule === 'required' && key === undefined ? REQUIRED : undefined;
}

const NOBODY_REMEMBERS = problem('LEDGER_OFF', 'Without the ledger nobody remembers an idempotency key.', {
  fix: 'Leave the key out and make handlers safe to run twice, or set FAIRLEAD_LEDGER=on.',
});

const REQUIRED = problem(
  'IDEMPOTENCY_KEY_REQUIRED',
  'This deployment takes no job without an idempotency key.',
  {
    fix: 'Send the header Idempotency-Key, or in a batch idempotencyKey with each job, and the same one when you try again.',
  },
);
