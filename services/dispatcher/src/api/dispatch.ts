import { isWorkspaceSlug } from '@fairlead/core';
import { defineOperation, problemDocument } from '@fairlead/http';
import { z } from 'zod';
import { jobFields } from '../job-input.ts';
import { time } from './fields.ts';

const MAX_JOBS = 1_000;

const dispatchBody = z.strictObject({
  /** No ":", which divides the parts of the dispatch key. */
  source: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'must be 1 to 64 of a-z, A-Z, 0-9, ".", "_" and "-", not beginning with a sign',
    ),
  windowSeconds: z.int().min(15).max(3_600).optional(),
  jobs: z
    .array(
      z.strictObject({
        workspace: z.string().refine(isWorkspaceSlug, 'is not a name of a workspace'),
        type: jobFields.type,
        payload: jobFields.payload,
      }),
    )
    .min(1)
    .max(MAX_JOBS),
});

const window = {
  dispatchKey: z.string(),
  source: z.string(),
  windowStart: time,
  windowSeconds: z.int(),
  correlationId: z.string(),
  status: z.enum(['DISPATCHING', 'ENQUEUED', 'ENQUEUE_FAILED', 'INLINE_EMERGENCY']),
  jobIds: z.array(z.string()),
};

export const dispatchWindow = defineOperation({
  id: 'dispatchWindow',
  method: 'POST',
  path: '/v1/dispatch',
  tag: 'Dispatch windows',
  summary: 'Dispatch the jobs of a window, once',
  description:
    'For cron callers: the first post of a source in a window adds the jobs, the others get its answer. ' +
    'Sources of a key that is bound to a workspace are that workspace’s own.',
  access: { scope: 'enqueue', tenants: 'items' },
  body: { schema: dispatchBody },
  answers: {
    202: {
      description: 'Enqueued.',
      schema: z.strictObject({ mode: z.literal('dispatch-only'), ...window }),
    },
    200: {
      description: 'This window was dispatched before.',
      schema: z.strictObject({ mode: z.literal('dispatch-duplicate-suppressed'), ...window }),
    },
    503: {
      description: 'Could not be enqueued; a retry in the same window is let through.',
      schema: problemDocument.extend({
        mode: z.literal('dispatch-failed'),
        retryable: z.literal(true),
        dispatchKey: z.string().optional(),
      }),
    },
  },
  problems: ['WORKSPACE_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'BACKLOG_FULL', 'LEDGER_OFF'],
});
