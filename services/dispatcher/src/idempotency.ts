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
  const requestHash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return { idempotencyKey, requestHash };
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
