import { isWorkspaceSlug } from '@fairlead/core';
import { checkShape, type ProblemDocument, parseJson, problem, sentence } from '@fairlead/http';
import { type KeyRule, keyFields, keyRefusal } from '../idempotency.ts';
import { batchItem, MAX_JOB_BYTES, type NewJob, newJob, TOO_LATE } from '../job-input.ts';
import { SLUG_FIX } from '../workspace-input.ts';
import type { BatchText } from './items.ts';

export type ReadItem =
  | { readonly outcome: 'job'; readonly job: NewJob }
  | { readonly outcome: 'refused'; readonly problem: ProblemDocument }
  /** It is not even JSON. */
  | { readonly outcome: 'malformed'; readonly problem: ProblemDocument };

export const JOB_TOO_LARGE = problem(
  'JOB_TOO_LARGE',
  `The job is larger than ${MAX_JOB_BYTES.toLocaleString('en')} bytes.`,
  { fix: 'Keep large data elsewhere: a payload can hold a reference to it.' },
);

/** One item of a batch, from its text to a job. */
export function readItem(text: BatchText, keys: KeyRule, nowMs: number): ReadItem {
  if (text.outcome === 'too_large') return { outcome: 'refused', problem: JOB_TOO_LARGE };
  const parsed = parseJson(text.bytes);
  if (parsed.outcome === 'malformed') {
    return { outcome: 'malformed', problem: problem('MALFORMED_JSON', parsed.detail) };
  }
  if (parsed.outcome === 'hazardous') return refused('INVALID_REQUEST', parsed.detail);
  const shape = checkShape(batchItem, parsed.value);
  if (shape.outcome === 'invalid') {
    return refused('INVALID_REQUEST', sentence(shape.issues), { errors: shape.issues });
  }
  const { workspace, idempotencyKey, ...body } = shape.value;
  if (!isWorkspaceSlug(workspace)) {
    return refused('WORKSPACE_NAME_INVALID', 'This is not a name of a workspace.', { fix: SLUG_FIX });
  }
  const refusal = keyRefusal(idempotencyKey, keys);
  if (refusal !== undefined) return { outcome: 'refused', problem: refusal };
  const timed = newJob(workspace, body, nowMs);
  return timed.outcome === 'ok'
    ? { outcome: 'job', job: { ...timed.job, ...keyFields(idempotencyKey, body) } }
    : { outcome: 'refused', problem: TOO_LATE };
}

function refused(...args: Parameters<typeof problem>): ReadItem {
  return { outcome: 'refused', problem: problem(...args) };
}
