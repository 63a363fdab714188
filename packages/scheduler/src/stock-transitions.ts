/**
 * Transitions that are BullMQ's own: retries with backoff, dead letters, postponements, progress and logs.
 *
 * They are rarer than completions and full of rules, so the stock classes do them. They free slots and
 * add work without waking anyone: each ends with `ready`, and the readies of one moment go in one call.
 */
import { Backoffs, type Job, UnrecoverableError } from 'bullmq';
import { createBatcher } from './batcher.ts';
import type { ClaimedHash } from './claimed-job.ts';
import type { RedisHandle } from './connection.ts';
import { type SettleOutcome, settleOutcome } from './settle-outcome.ts';
import { foreignBackoffMs, type StockQueues } from './stock-queues.ts';
import { markReady, type ReadyBecause, type Run } from './verbs/ready.ts';

export interface StockTransitions {
  /**
   * Retries by the job's own backoff, but not before `leastDelayMs` have passed; or dead-letters the job when attempts
   * are used up or `retry` is false.
   */
  fail(job: ClaimedHash, error: Error, retry: boolean, leastDelayMs?: number): Promise<SettleOutcome>;
  /** Puts the job back for `delayMs` without counting an attempt; `mark` sets fields of its hash. */
  postpone(
    job: ClaimedHash,
    delayMs: number,
    mark?: Readonly<Record<string, string>>,
  ): Promise<SettleOutcome>;
  progress(job: ClaimedHash, value: unknown): Promise<void>;
  log(job: ClaimedHash, line: string): Promise<void>;
  /** Tells BullMQ of the claim of a job that a job scheduler made: it plans the next one. */
  planNext(job: ClaimedHash): Promise<void>;
}

const READY_BATCH = 64;

export function createStockTransitions(
  redis: RedisHandle,
  stock: StockQueues,
  shards: number,
  eventStreamLength: number,
): StockTransitions {
  const readyOfShard = Array.from({ length: shards }, (_, shard) =>
    createBatcher<{ job: ClaimedHash; because: ReadyBecause }, void>(READY_BATCH, async (items) => {
      for (const [because, group] of Map.groupBy(items, (item) => item.because)) {
        const workspaces = [...new Set(group.map(({ job }) => job.workspace))];
        const runs = because === 'freed' ? group.flatMap(({ job }) => runOf(job)) : [];
        await markReady(redis, shard, because, eventStreamLength, workspaces, runs);
      }
      return items.map(() => undefined);
    }),
  );

  async function ready(job: ClaimedHash, because: ReadyBecause): Promise<void> {
    await readyOfShard[job.shard]?.({ job, because });
  }

  async function stockJob(job: ClaimedHash): Promise<Job> {
    return job.toStockJob(await stock.workerFor(job.workspace, job.shard));
  }

  /** Runs a transition that ends the claim; BullMQ refuses by code when the lock is not ours any more. */
  async function settle(job: ClaimedHash, transition: () => Promise<SettleOutcome>): Promise<SettleOutcome> {
    let outcome: SettleOutcome;
    try {
      outcome = await transition();
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (typeof code !== 'number') throw error;
      return settleOutcome(code);
    }
    await ready(job, 'freed');
    return outcome;
  }

  return {
    fail(job, error, retry, leastDelayMs = 0) {
      return settle(job, async () => {
        const failing = await stockJob(job);
        if (leastDelayMs > 0) await raiseBackoff(failing, error, leastDelayMs);
        await failing.moveToFailed(retry ? error : unrecoverable(error), job.token, false);
        return failing.finishedOn === undefined
          ? { outcome: 'retrying', delayMs: failing.delay ?? 0 }
          : { outcome: 'dead' };
      });
    },

    postpone(job, delayMs, mark) {
      return settle(job, async () => {
        const worker = await stock.workerFor(job.workspace, job.shard);
        const options = { skipAttempt: true, ...(mark ? { fieldsToUpdate: { ...mark } } : {}) };
        await worker.getBackend().moveToDelayed(job.id, Date.now(), delayMs, job.token, options);
        return { outcome: 'retrying', delayMs };
      });
    },

    async progress(job, value) {
      await (await stockJob(job)).updateProgress(value as never);
    },

    async log(job, line) {
      await (await stockJob(job)).log(line);
    },

    async planNext(job) {
      const worker = await stock.workerFor(job.workspace, job.shard);
      // Protected in BullMQ's types, and the only place that knows how a scheduler goes on.
      const { nextJobFromJobData } = worker as unknown as {
        nextJobFromJobData(data: object, id: string, token: string): Promise<unknown>;
      };
      await nextJobFromJobData.call(worker, job.toStockJson(), job.id, job.token);
      await ready(job, 'added');
    },
  };
}

/** What there is to settle of it. */
function runOf({ workspace, charge, claimedAtMs }: ClaimedHash): Run[] {
  return charge === undefined ? [] : [{ workspace, charge, claimedAtMs }];
}

/** Makes the coming retry wait longer. In memory only: the options in Redis, and later retries, stay as they are. */
async function raiseBackoff(failing: Job, error: Error, leastDelayMs: number): Promise<void> {
  const own = failing.opts.backoff;
  const ownMs = own
    ? await Backoffs.calculate(
        Backoffs.normalize(own)!,
        failing.attemptsMade + 1,
        error,
        failing,
        foreignBackoffMs,
      )
    : 0;
  failing.opts.backoff = { type: 'fixed', delay: Math.max(leastDelayMs, ownMs ?? 0) };
}

function unrecoverable(error: Error): UnrecoverableError {
  const permanent = new UnrecoverableError(error.message);
  if (error.stack !== undefined) permanent.stack = error.stack;
  return permanent;
}
