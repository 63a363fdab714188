import { type Handled, handle } from '@fairlead/http';
import type { Audit } from '@fairlead/ledger';
import { listAudit } from '../api/audit.ts';

/** Who changed what. */
export function auditRoutes({ audit }: { readonly audit: Pick<Audit, 'page'> }): Handled[] {
  return [
    handle(listAudit).by(async ({ query: { subject, cursor, limit } }) => {
      // One more than asked for tells whether there is a next page.
      const found = await audit.page({ subject, before: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? page.at(-1)?.id : undefined;
      return {
        status: 200,
        body: {
          entries: page.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() })),
          nextCursor: nextCursor === undefined ? null : String(nextCursor),
        },
      };
    }),
  ];
}
