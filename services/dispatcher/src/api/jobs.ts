import { WAITING_REASONS } from '@fairlead/core';
import { defineOperation, nextCursor, pageLimit, time } from '@fairlead/http';
import { z } from 'zod';
import { idempotencyKey, jobBody } from '../job-input.ts';
import { NO_JOB, NO_WORKSPACE } from './absent.ts';
import { workspaceName } from './fields.ts';
import { PRESSURE_HEADER, pressure } from './pressure.ts';

/** What the ledger says of a job, whose live state it does not know. */
const LEDGER_STATES = ['accepted', 'queued', 'succeeded', 'dead', 'cancelled'] as const;
const LIVE_STATES = ['waiting', 'active', 'delayed', 'unknown'] as const;

const jobType = z.string().max(128);

/** A stock producer may have written any number as a time: null when it is none. */
const anyTime = time.nullable();

export const job = z
  .strictObject({
    id: z.string(),
    workspace: z.string(),
    type: z.string(),
    state: z.enum([...LEDGER_STATES, ...LIVE_STATES]),
    payload: z.unknown().optional(),
    attempts: z.int(),
    maxAttempts: z.int(),
    priority: z.int(),
    progress: z.unknown().optional(),
    idempotencyKey: z.string().optional(),
    result: z.unknown().optional(),
    lastError: z.string().optional(),
    position: z.int().optional().meta({ description: 'Place in the queue of its workspace, while it waits' }),
    waitingReason: z.enum(WAITING_REASONS).optional().meta({ description: 'Why it does not run yet' }),
    estimatedStartAt: time
      .optional()
      .meta({ description: 'When it will probably start; absent when nothing can be said' }),
    createdAt: anyTime,
    runAt: anyTime.optional(),
    startedAt: anyTime.optional(),
    finishedAt: anyTime.optional(),
  })
  .meta({ id: 'Job' });
export type JobAnswer = z.input<typeof job>;

const jobPage = z.strictObject({ jobs: z.array(job), nextCursor });

const inWorkspace = { workspace: workspaceName };
const oneJob = { workspace: workspaceName, id: z.string().meta({ description: 'Id of a job' }) };

export const addJob = defineOperation({
  id: 'addJob',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/jobs',
  tag: 'Jobs',
  summary: 'Add a job',
  description: 'After the answer the job is durable. The workspace is created when it is new.',
  access: { scope: 'enqueue', tenants: 'own', absent: NO_WORKSPACE },
  params: inWorkspace,
  headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
  body: { schema: jobBody, readBy: 'handler' },
  answers: {
    202: {
      description: 'Accepted.',
      headers: { location: 'Where the job can be looked at.' },
      sometimes: PRESSURE_HEADER,
      schema: z.strictObject({
        id: z.string(),
        state: z.enum(['waiting', 'delayed', 'accepted']),
        position: z.int().nullable().meta({ description: 'Null: it is not in the queue yet' }),
        pressure: pressure.optional().meta({ description: 'Producers are asked to slow down' }),
      }),
    },
    200: {
      description: 'The same request was accepted before, under the same key.',
      headers: { location: 'Where the job can be looked at.' },
      schema: z.strictObject({ id: z.string(), state: z.string(), duplicate: z.literal(true) }),
    },
  },
  problems: [
    'JOB_TOO_LARGE',
    'IDEMPOTENCY_KEY_REQUIRED',
    'IDEMPOTENCY_KEY_REUSED',
    'LEDGER_OFF',
    'WORKSPACE_DRAINING',
    'BACKLOG_FULL',
    'REDIS_PRESSURE',
    'CONTENTION',
    'REDIS_UNAVAILABLE',
    'REDIS_REFUSED',
  ],
});

export const getJob = defineOperation({
  id: 'getJob',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/jobs/{id}',
  tag: 'Jobs',
  summary: 'Look at a job',
  description: 'While it waits, with its place and why it does not start.',
  access: { scope: 'read', tenants: 'own', absent: NO_JOB },
  params: oneJob,
  answers: { 200: { description: 'The job.', schema: job } },
  problems: ['REDIS_UNAVAILABLE', 'REDIS_REFUSED'],
});

export const listJobs = defineOperation({
  id: 'listJobs',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/jobs',
  tag: 'Jobs',
  summary: 'List jobs',
  description: 'The newest first, as the ledger has them.',
  access: { scope: 'read', tenants: 'own', absent: NO_WORKSPACE },
  params: inWorkspace,
  query: z.strictObject({
    state: z.enum(LEDGER_STATES).optional(),
    type: jobType.optional(),
    cursor: z.uuid('is not a cursor of an earlier page').optional(),
    limit: pageLimit(500, 50),
  }),
  answers: { 200: { description: 'A page of jobs.', schema: jobPage } },
  problems: ['LEDGER_OFF'],
});

export const cancelJob = defineOperation({
  id: 'cancelJob',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/jobs/{id}/cancel',
  tag: 'Jobs',
  summary: 'Cancel a job',
  description: 'No attempt of it begins any more, and the signal of a running one is aborted.',
  access: { scope: 'operate', tenants: 'own', absent: NO_JOB },
  params: oneJob,
  answers: {
    202: {
      description: 'Cancelled.',
      schema: z.strictObject({ id: z.string(), state: z.literal('cancelled'), wasRunning: z.boolean() }),
    },
  },
  problems: ['JOB_FINISHED', 'LEDGER_OFF'],
});

export const retryJob = defineOperation({
  id: 'retryJob',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/jobs/{id}/retry',
  tag: 'Jobs',
  summary: 'Retry a dead letter',
  description: 'It gets all its attempts again.',
  access: { scope: 'operate', tenants: 'own', absent: NO_JOB },
  params: oneJob,
  answers: {
    202: {
      description: 'Accepted again.',
      schema: z.strictObject({ id: z.string(), state: z.literal('accepted') }),
    },
  },
  problems: [
    'JOB_NOT_DEAD',
    'LEDGER_OFF',
    'WORKSPACE_DRAINING',
    'BACKLOG_FULL',
    'REDIS_PRESSURE',
    'CONTENTION',
  ],
});

export const listDead = defineOperation({
  id: 'listDead',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/dead',
  tag: 'Jobs',
  summary: 'List dead letters',
  access: { scope: 'read', tenants: 'own', absent: NO_WORKSPACE },
  params: inWorkspace,
  query: listJobs.query.omit({ state: true }),
  answers: { 200: { description: 'A page of jobs.', schema: jobPage } },
  problems: ['LEDGER_OFF'],
});

export const redriveDead = defineOperation({
  id: 'redriveDead',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/dead:redrive',
  tag: 'Jobs',
  summary: 'Retry many dead letters',
  description: 'The oldest first, with all their attempts again; no more than the workspace has room for.',
  access: { scope: 'operate', tenants: 'own', absent: NO_WORKSPACE },
  params: inWorkspace,
  body: { schema: z.strictObject({ type: jobType.optional(), limit: pageLimit(1_000, 100) }) },
  answers: {
    202: {
      description: 'Accepted again.',
      schema: z.strictObject({ redriven: z.int(), ids: z.array(z.string()) }),
    },
  },
  problems: ['LEDGER_OFF', 'WORKSPACE_DRAINING', 'BACKLOG_FULL', 'REDIS_PRESSURE', 'CONTENTION'],
});
