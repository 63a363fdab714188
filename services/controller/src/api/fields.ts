/** Pieces that the shapes of several operations are made of. */
import { KINDS } from '@fairlead/core';
import { time } from '@fairlead/http';
import { z } from 'zod';

const MAX_REASON = 500;
const MONTH_SECONDS = 31 * 24 * 3_600;

/** In words, for who asks tomorrow. */
export const reason = z
  .string()
  .min(1)
  .max(MAX_REASON)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')
  .meta({ description: 'In words, for who asks tomorrow', examples: ['load test until noon'] });

export const expiresInSeconds = z
  .int()
  .min(1)
  .max(MONTH_SECONDS)
  .meta({ description: 'After how long it ends by itself' });

export const kind = z.enum(KINDS).meta({ description: 'What is decided' });

export const order = z
  .strictObject({
    kind: z.enum(['pin', 'step', 'freeze', 'switch']),
    subject: z.string().meta({
      description:
        'Of a pin or a step `capacity`; of a freeze a workspace, or `*` for all; of a switch a kind of decisions',
    }),
    value: z.int().nullable().meta({ description: 'Jobs at once of a pin; so many more or fewer of a step' }),
    actor: z.string().meta({ description: 'Who ordered it: `key:` and its prefix' }),
    reason: z.string(),
    orderedAt: time,
    expiresAt: time.nullable().meta({ description: 'Null: until it is taken back' }),
    releasedAt: time.nullable().meta({ description: 'When it was taken back' }),
    isInForce: z.boolean(),
  })
  .meta({ id: 'Order', description: 'What an operator ordered over the head of the controller' });
export type OrderAnswer = z.input<typeof order>;
