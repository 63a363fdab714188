import { defineOperation, problemDocument } from '@fairlead/http';
import { z } from 'zod';
import { batchItem } from '../job-input.ts';
import { PRESSURE_HEADER, pressureOfWorkspace } from './pressure.ts';

export const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

const index = z.int();

export const batchResult = z
  .union([
    z.strictObject({
      index,
      status: z.literal(202),
      id: z.string(),
      state: z.enum(['waiting', 'delayed', 'accepted']),
      position: z.int().nullable(),
    }),
    z.strictObject({
      index,
      status: z.literal(200).meta({ description: 'Accepted before, under the same key' }),
      id: z.string(),
      state: z.string(),
      duplicate: z.literal(true),
    }),
    z.strictObject({ index, status: z.int().min(400), problem: problemDocument }),
  ])
  .meta({ id: 'BatchResult' });

export const addJobs = defineOperation({
  id: 'addJobs',
  method: 'POST',
  path: '/v1/jobs:batch',
  tag: 'Jobs',
  summary: 'Add many jobs, of many workspaces',
  description:
    'A JSON array, or one job a line (NDJSON): at most 10,000 jobs and 64 MiB. Each is accepted or refused by itself.',
  access: { scope: 'enqueue', tenants: 'items' },
  body: {
    schema: z.array(batchItem).max(10_000),
    types: ['application/json', ...NDJSON],
    limitBytes: 64 * 1024 * 1024,
    readBy: 'handler',
  },
  answers: {
    207: {
      description: 'A result for each job.',
      sometimes: PRESSURE_HEADER,
      schema: z.strictObject({
        accepted: z.int(),
        refused: z.int(),
        results: z.array(batchResult).meta({ description: 'In the order of the jobs' }),
        incomplete: problemDocument
          .optional()
          .meta({ description: 'Why the jobs after the last result were not looked at' }),
        pressure: z
          .array(pressureOfWorkspace)
          .optional()
          .meta({ description: 'Workspaces of accepted jobs whose producers are asked to slow down' }),
      }),
    },
  },
  problems: ['BATCH_TOO_LONG', 'REDIS_PRESSURE', 'CONTENTION', 'REDIS_UNAVAILABLE', 'REDIS_REFUSED'],
});
