import { KINDS } from '@fairlead/core';
import { time } from '@fairlead/http';
import { z } from 'zod';

const ACTIONS = ['raise', 'lower', 'hold'] as const;
const READINGS = ['ok', 'breach', 'unknown'] as const;

export const subject = z
  .strictObject({
    type: z.enum(['cluster', 'workspace', 'rollout']),
    id: z.string().min(1).max(100).meta({ description: 'A workspace, a rollout, or `cluster`' }),
  })
  .meta({ id: 'Subject', description: 'What is decided about' });

/** A decision as lists have it. The whole record has more: `getDecision`. */
export const decision = z
  .strictObject({
    id: z.string().meta({ examples: ['promotion:acme:12'] }),
    position: z.int().meta({ description: 'Rises with each decision that is recorded: for `after`' }),
    kind: z.enum(KINDS),
    subject,
    seq: z.int().meta({ description: '1, 2, 3 … within the subject' }),
    epoch: z.int().meta({ description: 'Of the leader that decided' }),
    at: time,
    action: z.enum(ACTIONS),
    from: z.int(),
    to: z.int(),
    target: z.int(),
    desired: z.int(),
    reasonCode: z.string().meta({ examples: ['ramp_step'] }),
    limiting: z.array(z.string()),
    guardrail: z.strictObject({
      contention: z.enum(READINGS),
      failureRate: z.enum(READINGS),
      duplicates: z.enum(READINGS),
    }),
    operatorOverride: z
      .strictObject({
        kind: z.enum(['pin', 'step', 'freeze', 'command']),
        actor: z.string(),
        expiresAt: time.nullable(),
      })
      .nullable(),
    synthetic: z.boolean().meta({ description: 'An exercise had a hand in it' }),
    correlationId: z.string().meta({ description: 'The tick: shared by all decisions that it took' }),
    previousId: z.string().nullable(),
    stoodTicks: z.int().meta({ description: 'For how many ticks it was the last word about its subject' }),
    words: z.string().meta({ description: 'Why, in a sentence' }),
  })
  .meta({ id: 'Decision' });
export type DecisionAnswer = z.input<typeof decision>;
