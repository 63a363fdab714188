import { PARK_REASONS, type ParkReason } from '@fairlead/core';
import type { Redis } from 'ioredis';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** Where a workspace stands: `running` has jobs in flight and nothing more that could start now. */
export type WorkspaceState = 'idle' | 'ready' | 'parked' | 'running' | 'quarantined';

export interface WorkspaceCounts {
  readonly workspace: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Completed jobs that are still kept. */
  readonly completed: number;
  /** Dead letters that are still kept. */
  readonly dead: number;
  readonly state: WorkspaceState;
  readonly parkedReason?: ParkReason;
}

/** In the order of the numbers that counts.lua answers. */
const STATES: readonly WorkspaceState[] = ['idle', 'ready', 'parked', 'running', 'quarantined'];
const CHUNK = 200;

/** Live counts of workspaces of one shard, in the order asked. See counts.lua. */
export async function readCounts(
  redis: Redis,
  shard: number,
  workspaces: readonly string[],
): Promise<WorkspaceCounts[]> {
  const counts: WorkspaceCounts[] = [];
  for (let from = 0; from < workspaces.length; from += CHUNK) {
    const chunk = workspaces.slice(from, from + CHUNK);
    const rows = (await callScript(redis, 'counts', routingKey(shard), [
      shardPrefix(shard),
      ...chunk,
    ])) as number[][];
    chunk.forEach((workspace, i) => {
      counts.push(countsOf(workspace, rows[i] ?? []));
    });
  }
  return counts;
}

function countsOf(workspace: string, row: readonly number[]): WorkspaceCounts {
  const [waiting = 0, active = 0, delayed = 0, completed = 0, dead = 0, state = 0, reason = -1] = row;
  const parkedReason = PARK_REASONS[reason];
  return {
    workspace,
    waiting,
    active,
    delayed,
    completed,
    dead,
    state: STATES[state] ?? 'idle',
    ...(parkedReason ? { parkedReason } : {}),
  };
}
