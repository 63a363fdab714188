import { type OpenApiDocument, openApiDocument } from '@fairlead/http';
import { operations } from './operations.ts';

const DESCRIPTION = `A fair, multi-tenant job queue on Redis and BullMQ.

Times are ISO 8601. What is wrong is said by a problem document (RFC 9457) with a stable \`code\` and a \`fix\`; 429 and 503
say in \`Retry-After\` when to try again. Every path answers 405 with \`Allow\` to methods that it has not.`;

/** The OpenAPI document of the dispatcher, for the release `version`. */
export function dispatcherDocument(version: string): OpenApiDocument {
  return openApiDocument({
    title: 'Fairlead',
    version,
    description: DESCRIPTION,
    operations,
    tags: {
      Jobs: 'Added, looked at, cancelled and retried.',
      Effects: 'Of `ctx.once`, where nobody knows whether they happened. They need the ledger.',
      Workspaces: 'One for each tenant, with its share and its limits.',
      Schedules: 'Jobs that are repeated. They need the ledger.',
      'Dispatch windows': 'For cron callers: the jobs of a window are added once. They need the ledger.',
      Flags: 'Switches that are changed at run time, with an audit entry. They need the ledger.',
      Keys: 'Who may do what.',
      Audit: 'Who changed what.',
    },
  });
}
