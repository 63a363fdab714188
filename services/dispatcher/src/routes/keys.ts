import { type Handled, handle, ProblemError } from '@fairlead/http';
import type { ApiKeyRecord, ApiKeys } from '@fairlead/ledger';
import { createKey, listKeys, revokeKey } from '../api/keys.ts';

/** Keys: who may come in. They are in Postgres, also when jobs are not. */
export function keyRoutes({ apiKeys }: { apiKeys: Pick<ApiKeys, 'create' | 'list' | 'revoke'> }): Handled[] {
  return [
    handle(createKey).by(async ({ body, principal: { actor } }) => {
      const { key, record } = await apiKeys.create({ ...body, createdBy: actor });
      return { status: 201, body: { ...present(record), key } };
    }),
    handle(listKeys).by(async () => {
      const keys = await apiKeys.list();
      return {
        status: 200,
        body: {
          keys: keys.map((record) => ({
            ...present(record),
            revokedAt: record.revokedAt?.toISOString() ?? null,
            lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
          })),
        },
      };
    }),
    handle(revokeKey).by(async ({ params: { prefix }, principal }) => {
      if (await apiKeys.revoke(prefix, principal)) return { status: 204 };
      throw new ProblemError('KEY_NOT_FOUND', 'There is no key of this prefix that is not revoked.', {
        fix: 'GET /v1/keys lists the keys by their prefix.',
      });
    }),
  ];
}

function present({ prefix, label, scopes, workspace, createdAt, createdBy }: ApiKeyRecord) {
  return { prefix, label, scopes, workspace, createdAt: createdAt.toISOString(), createdBy };
}
