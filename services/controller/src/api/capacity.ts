import { defineOperation, time } from '@fairlead/http';
import { z } from 'zod';
import { decision } from './decision-fields.ts';
import { expiresInSeconds, order, reason } from './fields.ts';

const MOST = 2 ** 31 - 1;

export const replica = z
  .strictObject({
    id: z.string(),
    slots: z.int().meta({ description: 'Jobs that it can run at once' }),
    running: z.int(),
    draining: z.boolean().meta({ description: 'It takes no more jobs, and ends when it has none' }),
    seenAt: time,
  })
  .meta({ id: 'Replica' });

const capacity = z
  .strictObject({
    capacity: z
      .int()
      .nullable()
      .meta({ description: 'Jobs that may run at once in the whole cluster; null: nothing was decided yet' }),
    target: z.int().nullable().meta({ description: 'Where it is heading, given time and health' }),
    decision: decision.nullable().meta({ description: 'The last one, and why' }),
    pin: order.nullable().meta({ description: 'The one in force' }),
    step: order.nullable().meta({ description: 'One that the next tick takes' }),
    replicas: z
      .strictObject({
        wanted: z.int().nullable().meta({ description: 'Null: nothing was decided yet' }),
        running: z.int().nullable().meta({ description: 'Alive and not draining' }),
        slots: z.int().nullable().meta({ description: 'Of those' }),
        inFlight: z.int().nullable().meta({ description: 'Jobs that run, on draining ones too' }),
        live: z.array(replica).nullable().meta({ description: 'All that reported within the last seconds' }),
      })
      .meta({ description: 'Null is what nobody knows, because Redis does not answer' }),
    leader: z
      .strictObject({ holder: z.string(), epoch: z.int(), until: time })
      .nullable()
      .meta({ description: 'Who decides; null: nobody, and capacity stays what it is' }),
  })
  .meta({ id: 'Capacity' });
export type CapacityAnswer = z.input<typeof capacity>;

export const getCapacity = defineOperation({
  id: 'getCapacity',
  method: 'GET',
  path: '/v1/capacity',
  tag: 'Capacity',
  summary: 'See how many jobs may run at once, and why',
  access: { scope: 'read', tenants: 'no' },
  answers: {
    200: { description: 'Capacity, the decision that set it, and who is there.', schema: capacity },
  },
  problems: ['REDIS_UNAVAILABLE', 'REDIS_REFUSED'],
});

export const pinCapacity = defineOperation({
  id: 'pinCapacity',
  method: 'PUT',
  path: '/v1/capacity/pin',
  tag: 'Capacity',
  summary: 'Pin capacity for a while',
  description:
    'From the next tick on, in place of what would be decided. It is clamped to the cap and may be below the floor; guardrails are still reported. It replaces an earlier pin.',
  access: { scope: 'operate', tenants: 'no' },
  body: {
    schema: z.strictObject({ capacity: z.int().min(0).max(MOST), expiresInSeconds, reason }),
  },
  answers: { 200: { description: 'The pin.', schema: order } },
  problems: [],
});

export const releaseCapacity = defineOperation({
  id: 'releaseCapacity',
  method: 'DELETE',
  path: '/v1/capacity/pin',
  tag: 'Capacity',
  summary: 'Take a pin back',
  description: 'Capacity goes on by the ordinary rules, and never up at once.',
  access: { scope: 'operate', tenants: 'no' },
  answers: { 204: { description: 'It is over.' } },
  problems: ['ORDER_NOT_FOUND'],
});

export const stepCapacity = defineOperation({
  id: 'stepCapacity',
  method: 'POST',
  path: '/v1/capacity/step',
  tag: 'Capacity',
  summary: 'Change capacity once',
  description: 'The next tick takes it, once, between the floor and the cap. A pin outranks it.',
  access: { scope: 'operate', tenants: 'no' },
  body: {
    schema: z.strictObject({
      by: z
        .int()
        .min(-MOST)
        .max(MOST)
        .refine((by) => by !== 0, 'must not be 0')
        .meta({ description: 'Jobs at once more, or fewer' }),
      reason,
      expiresInSeconds: expiresInSeconds
        .default(600)
        .meta({ description: 'After how long it is void, when no tick has taken it' }),
    }),
  },
  answers: { 202: { description: 'It waits for the next tick.', schema: order } },
  problems: [],
});
