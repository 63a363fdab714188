import { isWorkspaceSlug } from '@fairlead/core';
import { defineOperation } from '@fairlead/http';
import { z } from 'zod';
import { expiresInSeconds, kind, order, reason } from './fields.ts';

const workspace = z
  .string()
  .refine(isWorkspaceSlug, 'is not a name of a workspace')
  .optional()
  .meta({ description: 'Only this one; default: all' });

export const listOverrides = defineOperation({
  id: 'listOverrides',
  method: 'GET',
  path: '/v1/overrides',
  tag: 'Orders',
  summary: 'See what operators ordered',
  description:
    'The last order of each kind and subject, those that are over too; the newest first, 1,000 at most. Earlier ones are in the audit.',
  access: { scope: 'read', tenants: 'no' },
  answers: {
    200: { description: 'The orders.', schema: z.strictObject({ overrides: z.array(order) }) },
  },
  problems: [],
});

export const freezePromotions = defineOperation({
  id: 'freezePromotions',
  method: 'PUT',
  path: '/v1/promotions/freeze',
  tag: 'Orders',
  summary: 'Freeze quotas',
  description: 'No quota is raised or lowered, of one workspace or of all.',
  access: { scope: 'operate', tenants: 'no' },
  body: {
    schema: z.strictObject({ workspace, reason, expiresInSeconds: expiresInSeconds.optional() }),
  },
  answers: { 200: { description: 'The freeze.', schema: order } },
  problems: ['WORKSPACE_NOT_FOUND'],
});

export const releasePromotions = defineOperation({
  id: 'releasePromotions',
  method: 'DELETE',
  path: '/v1/promotions/freeze',
  tag: 'Orders',
  summary: 'Take a freeze back',
  access: { scope: 'operate', tenants: 'no' },
  query: z.strictObject({ workspace }),
  answers: { 204: { description: 'It is over.' } },
  problems: ['ORDER_NOT_FOUND'],
});

export const switchDecisionsOff = defineOperation({
  id: 'switchDecisionsOff',
  method: 'PUT',
  path: '/v1/decisions/kinds/{kind}/off',
  tag: 'Orders',
  summary: 'Take no decisions of a kind',
  description: 'What they last decided stays as it is.',
  access: { scope: 'operate', tenants: 'no' },
  params: { kind },
  body: { schema: z.strictObject({ reason, expiresInSeconds: expiresInSeconds.optional() }) },
  answers: { 200: { description: 'The order.', schema: order } },
  problems: [],
});

export const switchDecisionsOn = defineOperation({
  id: 'switchDecisionsOn',
  method: 'DELETE',
  path: '/v1/decisions/kinds/{kind}/off',
  tag: 'Orders',
  summary: 'Take decisions of a kind again',
  access: { scope: 'operate', tenants: 'no' },
  params: { kind },
  answers: { 204: { description: 'The next tick takes them.' } },
  problems: ['ORDER_NOT_FOUND'],
});
