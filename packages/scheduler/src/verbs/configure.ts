import { DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from '@fairlead/core';
import type { Redis } from 'ioredis';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

export interface WorkspaceSetting {
  readonly workspace: string;
  readonly config: WorkspaceConfig;
}

const CHUNK = 500;

/** Writes settings of workspaces of one shard. See configure.lua. */
export async function configureWorkspaces(
  redis: Redis,
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

/** The five settings as configure.lua takes them: '' for what is the default. */
function configArguments(config: WorkspaceConfig): (string | number)[] {
  const limited = config.ratePerSecond > 0;
  return [
    config.weight === DEFAULT_WORKSPACE_CONFIG.weight ? '' : config.weight,
    config.concurrency > 0 ? config.concurrency : '',
    limited ? config.ratePerSecond : '',
    limited ? Math.max(1, config.burst) : '',
    config.paused ? '1' : '',
  ];
}
