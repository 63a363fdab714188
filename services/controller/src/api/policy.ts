import { DEFAULT_POLICY, type Policy } from '@fairlead/core';
import { defineOperation } from '@fairlead/http';
import { z } from 'zod';

/** Where a policy is from. */
export const POLICY_SOURCES = ['default', 'FAIRLEAD_POLICY'] as const;
export type PolicySource = (typeof POLICY_SOURCES)[number];

/** The settings are those that the default has: none is listed a second time. */
function shapeOf(value: unknown): z.ZodType {
  if (typeof value === 'boolean') return z.boolean();
  if (Array.isArray(value)) return z.array(z.int());
  // Of the settings, only a limit that is not set is null.
  if (value === null) return z.int().nullable();
  if (typeof value !== 'object') return z.int();
  return z.strictObject(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)])));
}

const policy = (shapeOf(DEFAULT_POLICY) as z.ZodType<Policy>).meta({
  id: 'Policy',
  description:
    'Every number that a decision depends on: jobs, replicas, milliseconds (`…Ms`) or basis points (`…Bp`, 1 % = 100)',
});

export const getPolicy = defineOperation({
  id: 'getPolicy',
  method: 'GET',
  path: '/v1/policy',
  tag: 'Decisions',
  summary: 'See the policy that this controller decides by',
  description:
    'All of it, as the process that answers read it when it started. It decides by it when it leads; others of the cluster have read theirs.',
  access: { scope: 'read', tenants: 'no' },
  answers: {
    200: {
      description: 'The policy.',
      schema: z.strictObject({
        hash: z.string().meta({
          description: 'What decisions by it carry as `policyHash`: of its canonical JSON, SHA-256',
        }),
        hashWithoutPromotion: z.string().meta({
          description:
            'What promotion decisions carry about workspaces that the rollout of promotions has not reached: it is the same with `promotion.enabled` off',
        }),
        source: z.enum(POLICY_SOURCES).meta({
          description:
            '`default`, or the file of `FAIRLEAD_POLICY`: what that leaves out is as in the default. `backpressure.tickMs` follows `FAIRLEAD_TICK_MS` unless the file has it',
        }),
        leads: z.boolean().meta({ description: 'Whether the process that answers is the one that decides' }),
        policy,
      }),
    },
  },
  problems: [],
});
