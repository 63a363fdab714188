import { defineOperation, nextCursor, pageLimit, time } from '@fairlead/http';
import { z } from 'zod';
import { NO_EFFECT, NO_WORKSPACE } from './absent.ts';
import { workspaceName } from './fields.ts';

/**
 * What `ctx.once` takes for a key. It goes into bodies and queries, not into paths: there "." and ".." mean something
 * else even when they are percent-encoded, and proxies have views of their own on an encoded "/".
 */
const effectKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'has 1 to 255 visible ASCII characters')
  .meta({ description: 'As the handler gave it to `ctx.once`', examples: ['pay:4711'] });

const effect = z
  .strictObject({
    effectKey: z.string(),
    jobId: z.string().meta({ description: 'The job whose attempt was at it last' }),
    attempt: z.int(),
    outcome: z.literal('unknown'),
    executions: z.int().meta({ description: 'How often it happened, or may have, before' }),
    firstAt: time,
    unknownSince: time.meta({ description: 'The attempt should have been back by then' }),
  })
  .meta({ id: 'Effect' });
export type EffectAnswer = z.input<typeof effect>;

export const listEffects = defineOperation({
  id: 'listEffects',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/effects',
  tag: 'Effects',
  summary: 'List effects that wait for somebody to decide',
  description:
    'Effects of `ctx.once` of which nobody knows whether they happened: their attempt did not come back, and another ' +
    'one asked since. The job of that one is a dead letter. In the order of their keys.',
  access: { scope: 'read', tenants: 'own', absent: NO_WORKSPACE },
  params: { workspace: workspaceName },
  query: z.strictObject({
    outcome: z.literal('unknown').default('unknown'),
    cursor: effectKey.optional(),
    limit: pageLimit(500, 100),
  }),
  answers: {
    200: {
      description: 'A page of effects.',
      schema: z.strictObject({ effects: z.array(effect), nextCursor }),
    },
  },
  problems: ['LEDGER_OFF'],
});

export const resolveEffect = defineOperation({
  id: 'resolveEffect',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/effects:resolve',
  tag: 'Effects',
  summary: 'Say whether an effect happened',
  description:
    'Only of one whose outcome is unknown. `done`: it happened; attempts do not run it any more, and get `result`. ' +
    '`again`: it did not; the next attempt runs it. Then retry the job, which is a dead letter.',
  access: { scope: 'operate', tenants: 'own', absent: NO_WORKSPACE },
  params: { workspace: workspaceName },
  body: {
    schema: z
      .strictObject({
        effectKey,
        outcome: z.enum(['done', 'again']),
        result: z
          .unknown()
          .optional()
          .meta({ description: 'What `ctx.once` answers from now on; with `done`' }),
      })
      .refine(({ outcome, result }) => outcome === 'done' || result === undefined, {
        error: 'goes with done only',
        path: ['result'],
      }),
    limitBytes: 64 * 1024,
  },
  answers: {
    200: {
      description: 'Resolved.',
      schema: z.strictObject({ effectKey: z.string(), outcome: z.enum(['done', 'again']) }),
    },
  },
  problems: [NO_EFFECT.code, 'EFFECT_NOT_UNKNOWN', 'LEDGER_OFF'],
});
