/**
 * The side that is right by definition: BullMQ's stock Worker and its native scripts.
 *
 * The classes take the time from `Date`, which the runner sets.
 */
import { Job, Queue, Worker } from 'bullmq';
import { queuePrefix } from '../../src/keys.ts';
import { settleOutcome } from '../../src/settle-outcome.ts';
import { handleOf, LOCK_MS, MAX_STALLED_COUNT, TICK_MS, tokenOf } from './operations.ts';
import {
  type Answer,
  type ClaimedOperation,
  connectTo,
  createSide,
  describeJob,
  failureOf,
  REPLICA,
  SHARD,
  type Side,
  WORKSPACE,
  workerOptions,
} from './side.ts';

/** BullMQ packs a delayed job's due time and 12 bits of order into its score. */
const DELAYED_SCORE_FACTOR = 0x1000;

/** The protected method that turns a claim's raw answer into a job. */
interface WorkerInternals {
  nextJobFromJobData(data: object | null, id: string, token: string): Promise<Job | undefined>;
}

/** BullMQ refuses by throwing a code; ours answers an outcome. */
async function settlement(settle: () => Promise<Answer>): Promise<Answer> {
  try {
    return await settle();
  } catch (error) {
    return settleOutcome(codeOf(error));
  }
}

function codeOf(error: unknown): number {
  const { code } = error as { code?: number };
  if (typeof code !== 'number') throw error;
  return code;
}

export async function nativeSide(url: string): Promise<Side> {
  const redis = connectTo(url, 0);
  const worker = new Worker(WORKSPACE, null, {
    ...workerOptions(redis),
    name: REPLICA,
    lockDuration: LOCK_MS,
    maxStalledCount: MAX_STALLED_COUNT,
    stalledInterval: TICK_MS,
  });
  await worker.waitUntilReady();
  const backend = worker.getBackend();
  const queue = new Queue(WORKSPACE, {
    connection: redis as never,
    prefix: queuePrefix(SHARD),
    skipMetasUpdate: true,
  });
  const claims = new Map<string, object>();
  // A new object each time: the class counts attempts in its own fields, and a job may be settled twice here.
  const claimed = (handle: string) => Job.fromJSON(worker as never, claims.get(handle) as never);

  async function claim(token: string, wanted: number, nowMs: number): Promise<Answer> {
    const taken: object[] = [];
    let end: unknown[] = [];
    while (taken.length < wanted) {
      const [fields, id, ...rest] = await backend.moveToActive(token, REPLICA);
      if (!fields) {
        end = rest;
        break;
      }
      taken.push({ ...fields, id });
    }
    const noMore = taken.length < wanted ? await whyNoMore(end, nowMs) : {};
    const jobs: Answer[] = [];
    for (const [n, data] of taken.entries()) {
      const { id } = data as { id: string };
      const job = await (worker as unknown as WorkerInternals).nextJobFromJobData(data, id, token);
      claims.set(handleOf(token, n), data);
      jobs.push(describeJob(job as Job));
    }
    return { jobs, ...noMore };
  }

  async function whyNoMore([ttlMs, dueMs]: unknown[], nowMs: number) {
    const rateLimitedMs = Math.round(Number(ttlMs) / TICK_MS) * TICK_MS;
    if (rateLimitedMs > 0) return { rateLimitedMs, dueInMs: 0 };
    // A native claim names no due time while jobs wait; the scheduler's answer does when only delayed ones are there.
    const due = Math.floor(await firstDueMs(Number(dueMs) > 0));
    return { rateLimitedMs, dueInMs: Math.max(0, due - nowMs) };
  }

  /** A native claim on a paused queue names no due time; the scheduler does when only delayed jobs are there. */
  async function firstDueMs(named: boolean): Promise<number> {
    const runnable =
      (await redis.llen(backend.toKey('wait'))) + (await redis.zcard(backend.toKey('prioritized')));
    if (!named && runnable > 0) return 0;
    const [, score] = await redis.zrange(backend.toKey('delayed'), '0', '0', 'WITHSCORES');
    return Number(score ?? 0) / DELAYED_SCORE_FACTOR;
  }

  async function complete(handle: string, value: unknown): Promise<number> {
    try {
      await claimed(handle).moveToCompleted(value, tokenOf(handle), false);
      return 0;
    } catch (error) {
      return codeOf(error);
    }
  }

  async function perform(operation: ClaimedOperation, nowMs: number): Promise<Answer> {
    switch (operation.kind) {
      case 'produce':
        for (const { id, data, options } of operation.jobs) {
          await queue.add('work', data, { ...options, jobId: id });
        }
        return 'added';
      case 'claim':
        return claim(operation.token, operation.wanted, nowMs);
      case 'complete': {
        const codes: number[] = [];
        for (const handle of operation.handles) codes.push(await complete(handle, operation.value));
        return codes;
      }
      case 'fail':
        return settlement(async () => {
          const job = claimed(operation.handle);
          await job.moveToFailed(failureOf(operation), tokenOf(operation.handle), false);
          const dead = job.finishedOn !== undefined;
          return dead ? { outcome: 'dead' } : { outcome: 'retrying', delayMs: job.delay };
        });
      case 'postpone':
        return settlement(async () => {
          const id = claimed(operation.handle).id as string;
          const options = { skipAttempt: true, fieldsToUpdate: { mark: operation.handle } };
          await backend.moveToDelayed(id, nowMs, operation.delayMs, tokenOf(operation.handle), options);
          return { outcome: 'retrying', delayMs: operation.delayMs };
        });
      case 'progress':
        await claimed(operation.handle).updateProgress(operation.value);
        return 'done';
      case 'log':
        await claimed(operation.handle).log(operation.line);
        return 'done';
      case 'renew': {
        const ids = operation.handles.map((handle) => claimed(handle).id as string);
        return backend.extendLocks(ids, operation.handles.map(tokenOf), LOCK_MS);
      }
      case 'recover': {
        const stalled = await backend.moveStalledJobsToWait();
        // It keeps several stock workers from checking at once; the scheduler has a round of its own for that.
        await redis.del(backend.toKey('stalled-check'));
        return stalled;
      }
    }
  }

  return createSide({
    redis,
    perform,
    async reset() {
      claims.clear();
    },
    async close() {
      await queue.close();
      await worker.close(true);
    },
  });
}
