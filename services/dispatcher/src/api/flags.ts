import { defineOperation, time } from '@fairlead/http';
import { z } from 'zod';

const YEAR_SECONDS = 365 * 24 * 3_600;

const flag = z
  .strictObject({
    name: z.string(),
    value: z.union([z.boolean(), z.number(), z.string()]),
    source: z
      .enum(['initial', 'set'])
      .meta({ description: '`initial`: of the configuration; `set`: at run time' }),
    updatedBy: z.string().optional(),
    updatedAt: time.optional(),
    expiresAt: time.optional().meta({ description: 'When the value ends by itself' }),
  })
  .meta({ id: 'Flag' });

const params = { name: z.string().meta({ description: 'Name of a flag' }) };
const theFlag = { 200: { description: 'The flag.', schema: flag } } as const;

export const listFlags = defineOperation({
  id: 'listFlags',
  method: 'GET',
  path: '/v1/flags',
  tag: 'Flags',
  summary: 'List the switches',
  access: { scope: 'admin', tenants: 'no' },
  answers: { 200: { description: 'All of them.', schema: z.strictObject({ flags: z.array(flag) }) } },
  problems: ['LEDGER_OFF'],
});

export const getFlag = defineOperation({
  id: 'getFlag',
  method: 'GET',
  path: '/v1/flags/{name}',
  tag: 'Flags',
  summary: 'Look at a switch',
  access: { scope: 'admin', tenants: 'no' },
  params,
  answers: theFlag,
  problems: ['FLAG_NOT_FOUND', 'LEDGER_OFF'],
});

export const setFlag = defineOperation({
  id: 'setFlag',
  method: 'PUT',
  path: '/v1/flags/{name}',
  tag: 'Flags',
  summary: 'Set a switch',
  description: 'All dispatchers go by it within a second or two.',
  access: { scope: 'admin', tenants: 'no' },
  params,
  body: {
    schema: z.strictObject({
      value: z.union([z.boolean(), z.number(), z.string()], {
        error: 'must be a boolean, a number or a text',
      }),
      expiresInSeconds: z.int().min(1).max(YEAR_SECONDS).optional(),
    }),
  },
  answers: theFlag,
  problems: ['FLAG_NOT_FOUND', 'NO_HANDLERS', 'LEDGER_OFF'],
});

export const clearFlag = defineOperation({
  id: 'clearFlag',
  method: 'DELETE',
  path: '/v1/flags/{name}',
  tag: 'Flags',
  summary: 'Put a switch back to the value of the configuration',
  access: { scope: 'admin', tenants: 'no' },
  params,
  answers: theFlag,
  problems: ['FLAG_NOT_FOUND', 'LEDGER_OFF'],
});
