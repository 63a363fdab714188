import { defineOperation, nextCursor, pageLimit, time } from '@fairlead/http';
import { z } from 'zod';

const entry = z
  .strictObject({
    id: z.int(),
    at: time,
    actor: z.string().meta({ description: '`key:` and its prefix, or a service' }),
    action: z.string().meta({ examples: ['workspace.update'] }),
    subject: z.string().meta({ examples: ['workspace:acme'] }),
    workspace: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditAnswer = z.input<typeof entry>;

export const listAudit = defineOperation({
  id: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  tag: 'Audit',
  summary: 'See who changed what',
  description: 'The newest first.',
  access: { scope: 'admin', tenants: 'no' },
  query: z.strictObject({
    subject: z.string().min(1).max(400).optional(),
    cursor: z.coerce.number({ error: 'is not a cursor of an earlier page' }).pipe(z.int().min(1)).optional(),
    limit: pageLimit(500, 100),
  }),
  answers: {
    200: {
      description: 'A page of entries.',
      schema: z.strictObject({ entries: z.array(entry), nextCursor }),
    },
  },
  problems: [],
});
