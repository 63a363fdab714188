/**
 * One drain by one contestant, on a server and in a process of its own that a shorter drain has warmed up: nobody pays
 * for what another one has left behind, be it garbage, connections, fragmented memory or a file to be rewritten.
 */
import { privateRedis } from '@fairlead/testkit';
import { runChild } from '../child.ts';
import type { Usage } from '../redis-usage.ts';

export interface Contest {
  readonly peer: 'stock' | 'groupmq' | 'fairlead';
  readonly jobs: number;
  /** Queues, groups or workspaces, which have the same number of jobs each. */
  readonly tenants: number;
  /** Fairlead's jobs a visit of a workspace; default: the product's. */
  readonly quantum?: number;
  /** `off`: Fairlead's queues are to have no event entries. */
  readonly events?: 'on' | 'off';
}

export interface Order extends Contest {
  readonly url: string;
}

/** Redis rewrites its append-only file once it has doubled, beside whoever is drained at that moment. */
const CONFIG = ['--auto-aof-rewrite-percentage', '0'];

/** Plays it; the work is verified. */
export async function play(contest: Contest): Promise<Usage> {
  const server = await privateRedis({ config: CONFIG });
  try {
    const order: Order = { ...contest, url: server.url };
    return await runChild<Usage>(new URL('./player.ts', import.meta.url), order);
  } finally {
    await server.stop();
  }
}
