import { defineOperation, nextCursor, pageLimit, time } from '@fairlead/http';
import { z } from 'zod';

const status = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']);

export const functionRun = z
  .strictObject({
    runKey: z.string().meta({ description: 'The dispatch key of the window that it ran' }),
    name: z.string().meta({ description: 'The source of that window' }),
    status,
    attempt: z.int().meta({ description: 'Above 1: the processes of those before died in it' }),
    correlationId: z.string().nullable(),
    startedAt: time,
    finishedAt: time.nullable(),
    durationMs: z.int().nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'FunctionRun' });
export type FunctionRunAnswer = z.input<typeof functionRun>;

export const listFunctionRuns = defineOperation({
  id: 'listFunctionRuns',
  method: 'GET',
  path: '/v1/function-runs',
  tag: 'Dispatch windows',
  summary: 'See what ran inline',
  description: 'The newest first.',
  access: { scope: 'read', tenants: 'no' },
  query: z.strictObject({
    name: z.string().min(1).max(200).optional(),
    status: status.optional(),
    cursor: z.string().max(1_000).optional(),
    limit: pageLimit(500, 100),
  }),
  answers: {
    200: {
      description: 'A page of runs.',
      schema: z.strictObject({ runs: z.array(functionRun), nextCursor }),
    },
  },
  problems: ['LEDGER_OFF'],
});
