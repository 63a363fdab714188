/** What poison jobs do to their neighbours in stock BullMQ, whose workers know only how often a job has stalled. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@fairlead/testkit';
import { Queue } from 'bullmq';
import { type Figure, figure, some } from '../fault-test.ts';
import type { Rig } from './rig.ts';

const WORKER = fileURLToPath(new URL('stock-worker.ts', import.meta.url));
const QUEUE = 'stock-poison';
const CRASHED = 70;
/** One may by chance be the first of its batch to run, and take nobody along. */
const POISON_JOBS = 3;
const NEIGHBOURS_EACH = 50;

/** The control of `poison-job`: stock workers with their default `maxStalledCount`, started again when they die. */
export async function stockPoison(rig: Rig, workers: number): Promise<Figure[]> {
  const { port } = rig.redis;
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port } });
  const alive = new Set<ChildProcess>();
  let deaths = 0;
  let over = false;
  const slot = async () => {
    while (!over) {
      const child = spawn(process.execPath, [WORKER, String(port), QUEUE], { stdio: 'ignore', env: {} });
      alive.add(child);
      const [code] = await once(child, 'exit');
      alive.delete(child);
      if (code === CRASHED) deaths++;
    }
  };
  try {
    const neighbours = Array.from({ length: NEIGHBOURS_EACH }, () => ({ name: 'work', data: { ms: 100 } }));
    const batch = [...neighbours, { name: 'crash', data: {} }];
    await queue.addBulk(Array.from({ length: POISON_JOBS }, () => batch).flat());
    const slots = Array.from({ length: workers }, slot);
    await waitFor(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0, {
      what: 'the stock workers are done',
      deadlineMs: 120_000,
      everyMs: 100,
    }).finally(() => {
      over = true;
      for (const child of alive) child.kill('SIGKILL');
    });
    await Promise.all(slots);
    const failed = await queue.getFailed();
    return [
      figure('control_deaths_of_stock_workers', deaths, some),
      figure(
        'control_neighbours_failed_by_stock_workers',
        failed.filter(({ name }) => name !== 'crash').length,
        some,
        'jobs',
      ),
    ];
  } finally {
    await queue.close();
  }
}
