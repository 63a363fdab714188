import { startServer } from '@fairlead/http';
import { Queue } from 'bullmq';
import express from 'express';
import type { Door } from './dispatcher.ts';

interface Wanted {
  readonly type: string;
  readonly payload: unknown;
}

/**
 * What people write first: Express, its JSON parser, and `addBulk` on one stock queue. Nothing is checked.
 *
 * @param record writes down what a batch brings before it is added
 */
export async function openStockRoute(
  redisUrl: string,
  record?: (jobs: readonly Wanted[]) => Promise<void>,
): Promise<Door> {
  const { hostname: host, port } = new URL(redisUrl);
  const queue = new Queue('q-0', {
    connection: { host, port: Number(port) },
    defaultJobOptions: { attempts: 3, removeOnComplete: true },
  });
  const app = express();
  app.use(express.json({ limit: '64mb' }));
  app.post('/batch', async (req, res) => {
    const jobs = req.body as Wanted[];
    await record?.(jobs);
    const added = await queue.addBulk(jobs.map(({ type, payload }) => ({ name: type, data: payload })));
    res.status(207).json({ results: added.map(({ id }) => ({ id })) });
  });
  app.post('/jobs', async (req, res) => {
    const { type, payload } = req.body as Wanted;
    const job = await queue.add(type, payload);
    res.status(202).json({ id: job.id });
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  return {
    batchUrl: `${server.url}/batch`,
    singleUrl: () => `${server.url}/jobs`,
    headers: {},
    async verify(jobs) {
      const waiting = await queue.getWaitingCount();
      if (waiting !== jobs) throw new Error(`the work is wrong: ${waiting} jobs in Redis for ${jobs}`);
    },
    async close() {
      await server.close(2_000);
      await queue.close();
    },
  };
}
