import { isWorkspaceSlug } from '@fairlead/core';
import { defineOperation, nextCursor, pageLimit, problemDocument, time } from '@fairlead/http';
import { z } from 'zod';
import { jobFields } from '../job-input.ts';
import { functionRun } from './function-runs.ts';
import { PRESSURE_HEADER, pressureOfWorkspace } from './pressure.ts';

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

const status = z.enum(['DISPATCHING', 'ENQUEUED', 'ENQUEUE_FAILED', 'INLINE_EMERGENCY']);

const windowFields = {
  dispatchKey: z.string(),
  source: z.string(),
  windowStart: time,
  windowSeconds: z.int(),
  correlationId: z.string(),
  status,
  jobIds: z.array(z.string()),
};

const inlineJob = z
  .strictObject({
    id: z.string(),
    workspace: z.string(),
    type: z.string(),
    outcome: z.enum(['succeeded', 'dead', 'left', 'superseded']).meta({
      description:
        '`left`: not done here, the queue has it; `superseded`: it was cancelled or finished elsewhere meanwhile',
    }),
    attempts: z.int(),
    result: z.unknown().optional().meta({ description: 'Up to 4,096 characters of JSON' }),
    error: z.string().optional().meta({ description: 'Of the last attempt that failed' }),
    progress: z.unknown().optional(),
    log: z.array(z.string()).optional().meta({ description: 'The last lines, 10 at most' }),
  })
  .meta({ id: 'InlineJob' });

const inlineFields = {
  ...windowFields,
  run: functionRun,
  jobs: z.array(inlineJob).meta({
    description: 'Those that ran here; the others of `jobIds` are the queue’s, or were done before',
  }),
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
      sometimes: PRESSURE_HEADER,
      schema: z.strictObject({
        mode: z.literal('dispatch-only'),
        ...windowFields,
        pressure: z
          .array(pressureOfWorkspace)
          .optional()
          .meta({ description: 'Workspaces whose producers are asked to slow down' }),
      }),
    },
    200: {
      description: 'This window was dispatched before, or its jobs ran inline.',
      schema: z.discriminatedUnion('mode', [
        z.strictObject({
          mode: z.literal('dispatch-duplicate-suppressed'),
          ...windowFields,
          run: functionRun.optional().meta({ description: 'When it ran inline' }),
        }),
        z.strictObject({
          mode: z.literal('inline-emergency-fallback'),
          ...inlineFields,
          fallbackEndsAt: time.optional().meta({ description: 'When the fallback ends by itself' }),
        }),
        z.strictObject({ mode: z.literal('inline-forced'), ...inlineFields }),
        z.strictObject({ mode: z.literal('inline-stale-run-recovery'), ...inlineFields }),
      ]),
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
  problems: [
    'WORKSPACE_NOT_FOUND',
    'WORKSPACE_DRAINING',
    'IDEMPOTENCY_KEY_REUSED',
    'BACKLOG_FULL',
    'LEDGER_OFF',
  ],
});

const storedFields = {
  ...windowFields,
  attempt: z.int(),
  error: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
};

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const listDispatchWindows = defineOperation({
  id: 'listDispatchWindows',
  method: 'GET',
  path: '/v1/dispatch',
  tag: 'Dispatch windows',
  summary: 'See what became of windows',
  description: 'The newest first, by when they were first posted.',
  access: { scope: 'read', tenants: 'no' },
  query: z.strictObject({
    source: z.string().min(1).max(200).optional(),
    status: status.optional(),
    since: instant.optional().meta({ description: 'First posted then or later' }),
    until: instant.optional().meta({ description: 'First posted before then' }),
    cursor: z.string().max(1_000).optional(),
    limit: pageLimit(500, 100),
  }),
  answers: {
    200: {
      description: 'A page of windows.',
      schema: z.strictObject({
        windows: z.array(z.strictObject(storedFields).meta({ id: 'DispatchWindow' })),
        nextCursor,
      }),
    },
  },
  problems: ['LEDGER_OFF'],
});

export const getDispatchWindow = defineOperation({
  id: 'getDispatchWindow',
  method: 'GET',
  path: '/v1/dispatch/{dispatchKey}',
  tag: 'Dispatch windows',
  summary: 'Look at a window',
  access: { scope: 'read', tenants: 'no' },
  params: { dispatchKey: z.string().meta({ description: 'From the answer of its post' }) },
  answers: {
    200: {
      description: 'The window, and its run if it ran inline.',
      schema: z.strictObject({ ...storedFields, run: functionRun.nullable() }),
    },
  },
  problems: ['WINDOW_NOT_FOUND', 'LEDGER_OFF'],
});
