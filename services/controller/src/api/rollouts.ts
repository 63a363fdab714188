import { ROLLOUT_STATUSES } from '@fairlead/core';
import { defineOperation, time } from '@fairlead/http';
import { z } from 'zod';
import { decision } from './decision-fields.ts';

/** What can be rolled out. */
export const FEATURES = ['promotion', 'dispatch-queue', 'fairness-runtime'] as const;
const ORDERS = ['start', 'pause', 'resume', 'abort'] as const;

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'has 1 to 63 of a-z, 0-9 and "-", beginning with a letter or digit')
  .meta({ description: 'Name of a rollout', examples: ['runtime-fairness'] });

const fields = {
  name: z.string(),
  feature: z.string(),
  status: z.enum(ROLLOUT_STATUSES),
  stage: z.int().meta({ description: 'From 0' }),
  shareBp: z.int().meta({ description: 'Of workspaces that have the feature, in basis points' }),
  order: z
    .strictObject({
      order: z.enum(ORDERS),
      actor: z.string(),
      isTaken: z.boolean().meta({ description: 'False: it waits for the next tick' }),
    })
    .nullable()
    .meta({ description: 'The last one' }),
  createdAt: time,
  createdBy: z.string(),
  endedAt: time.nullable(),
};

const rollout = z.strictObject(fields).meta({ id: 'Rollout' });
export type RolloutAnswer = z.input<typeof rollout>;

const stages = z.array(
  z
    .strictObject({
      stage: z.int(),
      shareBp: z.int(),
      startedAt: time,
      endedAt: time.nullable(),
      outcome: z.string().nullable().meta({ description: 'The reason code of the decision that ended it' }),
      cohortFinished: z.int().nullable().meta({ description: 'Jobs that its cohort had finished then' }),
    })
    .meta({ id: 'RolloutStage' }),
);

export const listRollouts = defineOperation({
  id: 'listRollouts',
  method: 'GET',
  path: '/v1/rollouts',
  tag: 'Rollouts',
  summary: 'List rollouts',
  description: 'The newest first, 1,000 at most.',
  access: { scope: 'read', tenants: 'no' },
  answers: { 200: { description: 'The rollouts.', schema: z.strictObject({ rollouts: z.array(rollout) }) } },
  problems: [],
});

export const createRollout = defineOperation({
  id: 'createRollout',
  method: 'POST',
  path: '/v1/rollouts',
  tag: 'Rollouts',
  summary: 'Create a rollout',
  description:
    'A draft, in which nothing happens until it is started. One rollout of a feature at a time: `promotion` (the quota ladder), `dispatch-queue` (dispatch windows through the queue and not inline), `fairness-runtime` (shares by run time and not by starts).',
  access: { scope: 'operate', tenants: 'no' },
  body: { schema: z.strictObject({ name, feature: z.enum(FEATURES) }) },
  answers: { 201: { description: 'The draft.', schema: rollout } },
  problems: ['ROLLOUT_EXISTS', 'FEATURE_BUSY'],
});

export const getRollout = defineOperation({
  id: 'getRollout',
  method: 'GET',
  path: '/v1/rollouts/{name}',
  tag: 'Rollouts',
  summary: 'Look at a rollout',
  access: { scope: 'read', tenants: 'no' },
  params: { name },
  answers: {
    200: {
      description: 'The rollout, its stages, and the last decision about it.',
      schema: z.strictObject({ ...fields, stages, decision: decision.nullable() }),
    },
  },
  problems: ['ROLLOUT_NOT_FOUND'],
});

export const orderRollout = defineOperation({
  id: 'orderRollout',
  method: 'POST',
  path: '/v1/rollouts/{name}/{order}',
  tag: 'Rollouts',
  summary: 'Start, pause, resume or abort a rollout',
  description:
    'The next tick takes the order. Only an abort may overtake one that no tick has taken yet; it returns to stable in that one decision.',
  access: { scope: 'operate', tenants: 'no' },
  params: { name, order: z.enum(ORDERS) },
  answers: { 202: { description: 'The rollout, with the order.', schema: rollout } },
  problems: ['ROLLOUT_NOT_FOUND', 'ROLLOUT_REFUSED'],
});
