/** Quotas on their way from the controller to the claims: a field of the settings that only promoted workspaces have. */
import { BASE_QUOTA } from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

export interface WorkspaceQuota {
  readonly workspace: string;
  readonly quota: number;
}

const CHUNK = 500;

/**
 * Writes quotas of workspaces of one shard. `old_epoch`: somebody else leads by now; what was not written before that
 * stays as it is. See quotas.lua.
 */
export async function writeQuotas(
  redis: RedisHandle,
  shard: number,
  entries: readonly WorkspaceQuota[],
  epoch: number,
): Promise<'published' | 'old_epoch'> {
  for (let from = 0; from < entries.length; from += CHUNK) {
    const args: (string | number)[] = [shardPrefix(shard), epoch];
    for (const { workspace, quota } of entries.slice(from, from + CHUNK)) {
      args.push(workspace, quota === BASE_QUOTA ? '' : quota);
    }
    if ((await callScript(redis, 'quotas', routingKey(shard), args)) !== 1) return 'old_epoch';
  }
  return 'published';
}
