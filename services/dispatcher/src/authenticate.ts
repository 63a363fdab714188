import type { Authenticate } from '@fairlead/http';
import type { ApiKeys } from '@fairlead/ledger';

/** Keys of the ledger as principals. */
export function authenticateBy(apiKeys: Pick<ApiKeys, 'verify'>): Authenticate {
  return async (key) => {
    const record = await apiKeys.verify(key);
    return (
      record && {
        actor: `key:${record.prefix}`,
        scopes: new Set(record.scopes),
        workspace: record.workspace ?? undefined,
      }
    );
  };
}
