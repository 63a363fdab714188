/**
 * Memory and connections of one process that serves 10,000 workspaces: a replica, against a stock worker per queue. Those
 * share a connection and block on one each; two each would be more than a process may open by the usual limit of files.
 */
import { privateRedis } from '@fairlead/testkit';
import { Redis } from 'ioredis';
import type { Bench } from '../bench.ts';
import { runChild } from '../child.ts';
import type { Memory, Order } from '../memory/held.ts';
import { fillFairlead } from '../peers/fairlead.ts';
import { fillStock } from '../peers/stock.ts';

const WORKSPACES = 10_000;
const QUICK_WORKSPACES = 1_000;
const JOBS_EACH = 4;
const MEGABYTE = 1_048_576;

export const memory: Bench = {
  name: 'memory',
  about: 'memory and connections of a process that serves 10,000 workspaces',
  async run({ quick, say }) {
    const workspaces = quick ? QUICK_WORKSPACES : WORKSPACES;
    const order = (url: string): Order => ({ url, queues: workspaces, jobs: workspaces * JOBS_EACH });
    const server = await privateRedis({ config: ['--maxclients', '30000'] });
    const redis = new Redis(server.url);
    const contest = async (name: string, script: URL, fill: () => Promise<void>) => {
      await redis.flushall();
      await fill();
      let connections = 0;
      const held = await runChild<Memory>(script, order(server.url), async () => {
        const clients = await redis.info('clients');
        connections = Number(/^connected_clients:(\d+)/m.exec(clients)?.[1]) - 1;
      });
      say(`${name.padEnd(26)} ${(held.rss / MEGABYTE).toFixed(0)} MB, ${connections} connections`);
      return { ...held, connections };
    };
    try {
      const { jobs } = order(server.url);
      const stock = await contest(
        'stock, a worker per queue',
        new URL('../memory/stock-workers.ts', import.meta.url),
        () => fillStock(server.url, jobs, workspaces),
      );
      const fairlead = await contest(
        'fairlead, one replica',
        new URL('../memory/fairlead-replica.ts', import.meta.url),
        () => fillFairlead(server.url, jobs, workspaces),
      );
      return {
        settings: { workspaces, jobs },
        figures: [
          {
            name: 'rss_ratio_worker_per_queue',
            value: fairlead.rss / stock.rss,
            unit: '×',
            goal: { op: '<=', value: 0.1 },
          },
          { name: 'rss_mb', value: fairlead.rss / MEGABYTE, unit: 'MB' },
          { name: 'stock_rss_mb', value: stock.rss / MEGABYTE, unit: 'MB' },
          { name: 'peak_rss_ratio', value: fairlead.peak / stock.peak, unit: '×' },
          { name: 'connections', value: fairlead.connections, unit: '' },
          { name: 'stock_connections', value: stock.connections, unit: '' },
        ],
      };
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};
