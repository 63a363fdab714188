import type { WorkspaceConfig } from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { configArguments } from './settings-fields.ts';

export interface WorkspaceSetting {
  readonly workspace: string;
  readonly config: WorkspaceConfig;
}

const CHUNK = 500;

/** Writes settings of workspaces of one shard. See configure.lua. */
export async function configureWorkspaces(
  redis: RedisHandle,
  shard: number,
  settings: readonly WorkspaceSetting[],
  eventStreamLength: number,
): Promise<void> {
  for (let from = 0; from < settings.length; from += CHUNK) {
    const args: (string | number)[] = [shardPrefix(shard), eventStreamLength];
    for (const { workspace, config } of settings.slice(from, from + CHUNK)) {
      args.push(workspace, ...configArguments(config));
    }
    await callScript(redis, 'configure', routingKey(shard), args);
  }
}
