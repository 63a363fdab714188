/**
 * GroupMQ: a queue on Redis that serves groups in turn, one job of a group at a time. Job ids, retries, heartbeats and
 * stalled checks are on, as they are by default; what is completed is not kept.
 */
import { Queue, Worker } from 'groupmq';
import { Redis } from 'ioredis';
import { createChecklist } from '../checklist.ts';

/** Found by trying 25, 50, 100, 200 and 400 over 1,000 groups: see docs/benchmarks.md. */
export const GROUPMQ_CONCURRENCY = 100;
/** `autoBatch` is how it adds many; the fill is not timed. */
const ADDS_UNDER_WAY = 1_000;

interface Numbered {
  readonly number: number;
  readonly text: string;
}

/** What it needs of a connection: it makes the blocking ones itself. */
function connect(url: string): Redis {
  return new Redis(url, { maxRetriesPerRequest: null });
}

function queueOn(redis: Redis): Queue<Numbered> {
  return new Queue<Numbered>({
    redis,
    namespace: 'bench',
    maxAttempts: 3,
    autoBatch: { size: 500, maxWaitMs: 2 },
  });
}

/** Adds no-op jobs, spread evenly over `groups` groups. */
export async function fillGroupMq(url: string, jobs: number, groups: number): Promise<void> {
  const redis = connect(url);
  const queue = queueOn(redis);
  for (let from = 0; from < jobs; from += ADDS_UNDER_WAY) {
    const size = Math.min(ADDS_UNDER_WAY, jobs - from);
    await Promise.all(
      Array.from({ length: size }, (_, i) =>
        queue.add({
          groupId: `w-${(from + i) % groups}`,
          data: { number: from + i, text: 'x'.repeat(60) },
        }),
      ),
    );
  }
  await queue.close();
  redis.disconnect();
}

/** Drains them with one worker. */
export async function drainGroupMq(url: string, jobs: number, concurrency: number): Promise<void> {
  const checklist = createChecklist(jobs);
  const redis = connect(url);
  const queue = queueOn(redis);
  const worker = new Worker<Numbered>({
    queue,
    concurrency,
    handler: async (job) => {
      checklist.tick(job.data.number);
      return null;
    },
    onError: (error) => checklist.fail(error as Error),
  });
  void worker.run();
  await checklist.complete;
  checklist.verify();
  await worker.close();
  await queue.close();
  redis.disconnect();
}
