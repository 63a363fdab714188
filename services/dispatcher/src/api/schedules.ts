import { defineOperation, nextCursor, pageLimit, time } from '@fairlead/http';
import { z } from 'zod';
import { jobFields, MAX_JOB_BYTES } from '../job-input.ts';
import { NO_SCHEDULE, NO_WORKSPACE } from './absent.ts';
import { workspaceName } from './fields.ts';

/** No ":", which divides the idempotency keys of occurrences. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const scheduleBody = z
  .strictObject({
    cron: z.string().min(1).max(200).optional(),
    everyMs: z.int().min(1_000).optional(),
    tz: z.string().min(1).max(64).optional(),
    job: z.strictObject(jobFields).omit({ delayMs: true, runAt: true }),
    paused: z.boolean().optional(),
    missed: z.enum(['latest', 'skip', 'all']).optional(),
  })
  .refine((body) => (body.cron === undefined) !== (body.everyMs === undefined), {
    error: 'needs either cron or everyMs',
  })
  .refine((body) => body.tz === undefined || body.cron !== undefined, {
    error: 'goes with cron only',
    path: ['tz'],
  });
export type ScheduleBody = z.output<typeof scheduleBody>;

export const schedule = z
  .strictObject({
    name: z.string(),
    workspace: z.string(),
    cron: z.string().optional().meta({ description: 'With `tz`, or `everyMs` in their place' }),
    tz: z.string().optional(),
    everyMs: z.int().optional(),
    job: z.strictObject({
      type: z.string(),
      payload: z.unknown(),
      maxAttempts: z.int(),
      priority: z.int().optional(),
      backoff: jobFields.backoff,
      timeoutMs: z.int().optional(),
    }),
    paused: z.boolean(),
    missed: z.enum(['latest', 'skip', 'all']),
    nextDueAt: time.nullable().meta({ description: 'Null: it never comes due again' }),
    lastDueAt: time.nullable(),
    version: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule' });
export type ScheduleAnswer = z.input<typeof schedule>;

const name = z
  .string()
  .regex(NAME, 'must be 1 to 128 of a-z, A-Z, 0-9, ".", "_" and "-", not beginning with a sign')
  .meta({ description: 'Name of a schedule' });
const oneSchedule = { workspace: workspaceName, name };

export const listSchedules = defineOperation({
  id: 'listSchedules',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/schedules',
  tag: 'Schedules',
  summary: 'List schedules',
  description: 'In the order of their names.',
  access: { scope: 'read', tenants: 'own', absent: NO_WORKSPACE },
  params: { workspace: workspaceName },
  query: z.strictObject({
    limit: pageLimit(500, 100),
    cursor: z.string().regex(NAME, 'is not a cursor of an earlier page').optional(),
  }),
  answers: {
    200: {
      description: 'A page of schedules.',
      schema: z.strictObject({ schedules: z.array(schedule), nextCursor }),
    },
  },
  problems: ['LEDGER_OFF'],
});

export const getSchedule = defineOperation({
  id: 'getSchedule',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/schedules/{name}',
  tag: 'Schedules',
  summary: 'Look at a schedule',
  access: { scope: 'read', tenants: 'own', absent: NO_SCHEDULE },
  params: oneSchedule,
  answers: { 200: { description: 'The schedule.', schema: schedule } },
  problems: ['LEDGER_OFF'],
});

export const putSchedule = defineOperation({
  id: 'putSchedule',
  method: 'PUT',
  path: '/v1/workspaces/{workspace}/schedules/{name}',
  tag: 'Schedules',
  summary: 'Create or replace a schedule',
  description: 'Each occurrence is a job of its own. The workspace is created when it is new.',
  access: { scope: 'operate', tenants: 'own', absent: NO_SCHEDULE },
  params: oneSchedule,
  body: { schema: scheduleBody, limitBytes: MAX_JOB_BYTES },
  answers: {
    200: { description: 'The schedule, replaced.', schema: schedule },
    201: { description: 'The new schedule.', schema: schedule },
  },
  problems: ['LEDGER_OFF', 'REDIS_UNAVAILABLE', 'REDIS_REFUSED'],
});

export const deleteSchedule = defineOperation({
  id: 'deleteSchedule',
  method: 'DELETE',
  path: '/v1/workspaces/{workspace}/schedules/{name}',
  tag: 'Schedules',
  summary: 'Delete a schedule',
  description: 'Jobs that it has added stay.',
  access: { scope: 'operate', tenants: 'own', absent: NO_SCHEDULE },
  params: oneSchedule,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['LEDGER_OFF'],
});
