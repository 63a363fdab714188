import { DRILL_SIGNALS } from '@fairlead/core';
import { defineOperation, time } from '@fairlead/http';
import { z } from 'zod';
import { reason } from './fields.ts';

const HOUR_SECONDS = 3_600;
/** An hour in ms, all of it in basis points: more than any signal says. */
const MOST = 3_600_000;

const signal = z.enum(DRILL_SIGNALS).meta({ description: 'What is measured' });

const drill = z
  .strictObject({
    signal,
    value: z.int().nullable().meta({ description: 'What it is said to be; null: not measurable' }),
    actor: z.string(),
    reason: z.string(),
    startedAt: time,
    endsAt: time,
  })
  .meta({ id: 'Drill' });
export type DrillAnswer = z.input<typeof drill>;

export const startDrill = defineOperation({
  id: 'startDrill',
  method: 'POST',
  path: '/v1/drills',
  tag: 'Drills',
  summary: 'Inject a signal for an exercise',
  description:
    'For a while the controller sees this in place of what is measured, and does what it would do in earnest: capacity falls, quotas go back, rollouts stop. What it decides so is marked `synthetic`. One drill a signal. Off unless FAIRLEAD_DRILL is on.',
  access: { scope: 'operate', tenants: 'no' },
  body: {
    schema: z.strictObject({
      signal,
      value: z.int().min(0).max(MOST).nullable().meta({
        description:
          'ms of claim_latency, event_loop_delay and ledger_lag; basis points of locks_lost, stalled_jobs, redis_memory and failure_rate; of duplicate_sends how many more. Null: not measurable',
      }),
      reason,
      expiresInSeconds: z
        .int()
        .min(1)
        .max(HOUR_SECONDS)
        .meta({ description: 'After how long it ends by itself' }),
    }),
  },
  answers: { 201: { description: 'It runs.', schema: drill } },
  problems: ['DRILLS_OFF'],
});

export const listDrills = defineOperation({
  id: 'listDrills',
  method: 'GET',
  path: '/v1/drills',
  tag: 'Drills',
  summary: 'List the exercises that run',
  access: { scope: 'read', tenants: 'no' },
  answers: {
    200: {
      description: 'Those in force, the newest first.',
      schema: z.strictObject({
        drills: z.array(drill),
        areAllowed: z.boolean().meta({ description: 'Whether one can be started' }),
      }),
    },
  },
  problems: [],
});

export const stopDrill = defineOperation({
  id: 'stopDrill',
  method: 'DELETE',
  path: '/v1/drills/{name}',
  tag: 'Drills',
  summary: 'End an exercise',
  access: { scope: 'operate', tenants: 'no' },
  params: { name: signal },
  answers: { 204: { description: 'It is over: the next tick sees what is measured.' } },
  problems: ['ORDER_NOT_FOUND'],
});
