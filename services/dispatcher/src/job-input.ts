/** What clients say of a job: its shape and limits, and the job that follows from it. */

import { problem } from '@fairlead/http';
import type { JobToAdd } from '@fairlead/scheduler';
import { z } from 'zod';

/** A job as it was sent, all of it. */
export const MAX_JOB_BYTES = 256 * 1024;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** BullMQ keeps the priority in 21 bits of a sorted set's score. */
const MAX_PRIORITY = 2_097_151;

export const jobFields = {
  type: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
      'must be 1 to 128 of a-z, A-Z, 0-9, ".", "_" and "-", not beginning with a sign',
    )
    .meta({ description: 'Which handler runs it', examples: ['email.send'] }),
  payload: z.unknown().optional().meta({ description: 'Any JSON; the handler checks it' }),
  priority: z.int().min(0).max(MAX_PRIORITY).optional().meta({ description: '0, the default, runs first' }),
  delayMs: z.int().min(0).max(YEAR_MS).optional(),
  runAt: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time with an offset, like 2030-01-31T08:00:00Z' })
    .optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
  backoff: z
    .strictObject({
      type: z.enum(['fixed', 'exponential']),
      delayMs: z.int().min(0).max(DAY_MS),
      jitter: z.number().min(0).max(1).optional(),
    })
    .meta({ id: 'Backoff', description: 'Between attempts; default: exponential from one second' })
    .optional(),
  timeoutMs: z
    .int()
    .min(1)
    .max(DAY_MS)
    .optional()
    .meta({ description: 'Of one attempt; default: that of the handler' }),
};

const ONE_TIME = { error: 'only one of delayMs and runAt may be given', path: ['runAt'] };

export const jobBody = z
  .strictObject(jobFields)
  .refine((job) => job.delayMs === undefined || job.runAt === undefined, ONE_TIME)
  .meta({
    id: 'NewJob',
    examples: [{ type: 'email.send', payload: { to: 'ada@example.com' }, delayMs: 5_000 }],
  });

/**
 * Visible ASCII, as the draft standard of the header has it. Jobs of schedules and windows have keys too, in the same
 * workspaces: whoever could take one of those beforehand would stop a window, with all tenants' jobs in it.
 */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .refine((key) => !/^(schedule|dispatch):/.test(key), 'must not begin with "schedule:" or "dispatch:"')
  .meta({ description: 'The same key with the same body is the same job, however often it is sent.' });

/**
 * In a batch each job names its workspace, and brings its own key. The name is checked by whoever checks all names.
 */
export const batchItem = z
  .strictObject({ workspace: z.string(), idempotencyKey: idempotencyKey.optional(), ...jobFields })
  .refine((job) => job.delayMs === undefined || job.runAt === undefined, ONE_TIME)
  .meta({
    id: 'BatchItem',
    examples: [{ workspace: 'acme', type: 'email.send', payload: { to: 'ada@example.com' } }],
  });

/** A job that is well-formed and has no id yet. */
export type NewJob = Omit<JobToAdd, 'id' | 'lifo'> & {
  readonly idempotencyKey?: string;
  /** Tells whether the same key came with the same request. */
  readonly requestHash?: string;
};

export type JobTiming = { readonly outcome: 'ok'; readonly job: NewJob } | { readonly outcome: 'too_late' };

export const TOO_LATE = problem('INVALID_REQUEST', 'runAt: must be within a year from now', {
  errors: [{ path: 'runAt', message: 'must be within a year from now' }],
});

/** The job to add; `too_late` when `runAt` is more than a year after `nowMs`. A time that has passed means now. */
export function newJob(workspace: string, body: z.output<typeof jobBody>, nowMs: number): JobTiming {
  const { runAt, delayMs, type, payload, priority, maxAttempts, backoff, timeoutMs } = body;
  const waitMs = runAt === undefined ? delayMs : Math.max(0, Date.parse(runAt) - nowMs);
  if (waitMs !== undefined && waitMs > YEAR_MS) return { outcome: 'too_late' };
  // Only what was given: absent and undefined are not the same to those who take defaults.
  return {
    outcome: 'ok',
    job: {
      workspace,
      type,
      payload,
      ...(waitMs === undefined ? {} : { delayMs: waitMs }),
      ...(priority === undefined ? {} : { priority }),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(backoff === undefined ? {} : { backoff: backoffOf(backoff) }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  };
}

function backoffOf({ type, delayMs, jitter }: NonNullable<z.output<typeof jobBody>['backoff']>) {
  return jitter === undefined ? { type, delayMs } : { type, delayMs, jitter };
}
