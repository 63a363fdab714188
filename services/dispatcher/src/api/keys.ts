import { isWorkspaceSlug } from '@fairlead/core';
import { defineOperation, SCOPES, time } from '@fairlead/http';
import { z } from 'zod';

const MAX_LABEL = 200;

const keyFields = {
  prefix: z.string().meta({ description: 'Names the key; it may be shown and logged' }),
  label: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  workspace: z.string().nullable().meta({ description: 'Null: all workspaces' }),
  createdAt: time,
  createdBy: z.string(),
};

const key = z
  .strictObject({ ...keyFields, revokedAt: time.nullable(), lastUsedAt: time.nullable() })
  .meta({ id: 'Key' });
export type KeyAnswer = z.input<typeof key>;

const keyBody = z
  .strictObject({
    label: z
      .string()
      .min(1)
      .max(MAX_LABEL)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    workspace: z.string().refine(isWorkspaceSlug, 'is not a name of a workspace').optional(),
  })
  .refine(({ scopes, workspace }) => workspace === undefined || !scopes.includes('admin'), {
    error: 'an admin is bound to no workspace',
    path: ['scopes'],
  });

export const createKey = defineOperation({
  id: 'createKey',
  method: 'POST',
  path: '/v1/keys',
  tag: 'Keys',
  summary: 'Create a key',
  description:
    'With a workspace it is bound to that one: no other exists for it. The key is shown this once.',
  access: { scope: 'admin', tenants: 'no' },
  body: { schema: keyBody },
  answers: {
    201: {
      description: 'The key.',
      schema: z.strictObject({
        ...keyFields,
        key: z.string().meta({ description: 'Shown this once' }),
      }),
    },
  },
  problems: [],
});

export const listKeys = defineOperation({
  id: 'listKeys',
  method: 'GET',
  path: '/v1/keys',
  tag: 'Keys',
  summary: 'List keys',
  description: 'The oldest first, revoked ones too.',
  access: { scope: 'admin', tenants: 'no' },
  answers: { 200: { description: 'All of them.', schema: z.strictObject({ keys: z.array(key) }) } },
  problems: [],
});

export const revokeKey = defineOperation({
  id: 'revokeKey',
  method: 'POST',
  path: '/v1/keys/{prefix}/revoke',
  tag: 'Keys',
  summary: 'Revoke a key',
  description: 'At once here, and within a few seconds at other dispatchers. It cannot be undone.',
  access: { scope: 'admin', tenants: 'no' },
  params: { prefix: z.string().meta({ description: 'The part of the key between flk_ and the next "_"' }) },
  answers: { 204: { description: 'It is good for nothing any more.' } },
  problems: ['KEY_NOT_FOUND'],
});
