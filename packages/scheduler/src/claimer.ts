/**
 * The claiming side, one per replica: claims jobs, holds their locks, settles them, and takes its turn
 * at recovery and sweeping.
 *
 *     claim ──▶ held (lock renewed) ──▶ complete ──▶ finish.lua, batched
 *                  │                └─▶ fail / postpone ──▶ BullMQ's own method, then `ready`
 *                  └─ lock lost: the signal aborts, and settling answers `lost_lock`
 *
 * Its connections are patient: when Redis is away, calls wait for it. A call that was sent, executed and
 * lost its answer is sent again; a second finish then finds the job gone, and says so.
 */
import type { ParkReason } from '@fairlead/core';
import { PARK_REASONS } from '@fairlead/core';
import { UnrecoverableError } from 'bullmq';
import { createBatcher } from './batcher.ts';
import { ClaimedHash, type ClaimedJob } from './claimed-job.ts';
import { connect, disconnect } from './connection.ts';
import { routingKey, shardPrefix } from './keys.ts';
import { createLocks } from './locks.ts';
import { limitLog } from './logger.ts';
import { createMaintenance } from './maintenance.ts';
import type { Scheduler, SchedulerInternals } from './scheduler.ts';
import { callScript, defineScripts } from './scripts.ts';
import { createStockQueues, type Retention } from './stock-queues.ts';
import { blockForWakeUp } from './wake-up.ts';

export interface ClaimerOptions {
  /** Names the replica in locks, in `processedBy` and in leases; unique in the cluster. */
  readonly replicaId: string;
  /** How long a job stays locked without a renewal. Default 10,000. */
  readonly lockMs?: number;
  /** How often stalled jobs are looked for, cluster-wide. Default 5,000. */
  readonly stallIntervalMs?: number;
  /** After how many stalls BullMQ fails a job. High: an innocent job may stall with every crash. Default 20. */
  readonly maxStalledCount?: number;
  /** Jobs activated per visit of a workspace. Default 4. */
  readonly quantum?: number;
  /** Most jobs of one workspace in one claim while others are runnable. Default: no cap. */
  readonly partitionCap?: number;
  /** Kept completed jobs a workspace, when the job does not say. Default 1,000 for an hour. */
  readonly keepCompleted?: Retention;
  /** Kept dead letters a workspace, when the job does not say. Default 10,000 for 30 days. */
  readonly keepDead?: Retention;
  readonly onStalled?: (workspace: string, jobIds: readonly string[]) => void;
  readonly onQuarantined?: (workspace: string, reason: string) => void;
  readonly onLockLost?: (job: ClaimedJob) => void;
}

export type ClaimAnswer =
  | {
      readonly outcome: 'claimed';
      readonly jobs: ClaimedJob[];
      /** Whether a further claim now would look at more workspaces. */
      readonly moreRunnable: boolean;
      /** When work is due if nobody adds any; undefined for never. Server time. */
      readonly nextAtMs: number | undefined;
      /** Workspaces that this claim parked, by reason. */
      readonly parked: Partial<Record<ParkReason, number>>;
    }
  | { readonly outcome: 'no_generation' };

export type SettleOutcome =
  | { readonly outcome: 'settled' }
  | { readonly outcome: 'retrying'; readonly delayMs: number }
  | { readonly outcome: 'dead' }
  /** Somebody else may run the job; nothing was changed. */
  | { readonly outcome: 'lost_lock' }
  /** Redis does not have the job any more; nothing was changed. */
  | { readonly outcome: 'gone' };

export interface Claimer {
  /** Opens the connections and starts renewal, recovery and sweep. */
  start(): Promise<void>;
  /** Claims up to `maxJobs` (at most 64) jobs, fairly, over all shards. */
  claim(maxJobs: number): Promise<ClaimAnswer>;
  /** Returns when work may be there: a wake-up, the time that the last claim named, or `maxWaitMs`. */
  waitForWork(maxWaitMs: number): Promise<void>;
  /** Ends a blocked `waitForWork`, for a drain. */
  interrupt(): void;
  complete(job: ClaimedJob, result: unknown): Promise<SettleOutcome>;
  /** Retries by the job's backoff, or dead-letters it when attempts are used up or `retry` is false. */
  fail(job: ClaimedJob, error: Error, options?: { retry: boolean }): Promise<SettleOutcome>;
  /** Puts the job back for `delayMs` without counting an attempt; `mark` sets fields of its hash. */
  postpone(job: ClaimedJob, delayMs: number, mark?: Readonly<Record<string, string>>): Promise<SettleOutcome>;
  progress(job: ClaimedJob, value: unknown): Promise<void>;
  log(job: ClaimedJob, line: string): Promise<void>;
  /** Says that this replica will not claim any more: what it finishes wakes others. */
  drain(): void;
  /** Stops the loops and closes the connections; jobs still held are left to recovery. */
  stop(): Promise<void>;
}

const MAX_BATCH = 64;

/** A claimer for one replica. */
export function createClaimer(scheduler: Scheduler, given: ClaimerOptions): Claimer {
  const { options: shared } = scheduler as SchedulerInternals;
  const options = {
    lockMs: 10_000,
    stallIntervalMs: 5_000,
    maxStalledCount: 20,
    quantum: 4,
    partitionCap: MAX_BATCH,
    keepCompleted: { count: 1_000, ageSeconds: 3_600 },
    keepDead: { count: 10_000, ageSeconds: 30 * 86_400 },
    ...given,
  };
  const onError = limitLog(shared.logger, 'redis connection failed');
  const redis = connect(shared.redis, 'patient', `replica:${options.replicaId}`, onError);
  const blocking = connect(shared.redis, 'patient', `wait:${options.replicaId}`, onError);
  defineScripts(redis);
  const stock = createStockQueues(redis, { keepDead: options.keepDead, onError });
  const locks = createLocks(redis, options.lockMs, (job) => options.onLockLost?.(job), onError);
  const maintenance = createMaintenance(redis, {
    shards: shared.shards,
    replicaId: options.replicaId,
    stallIntervalMs: options.stallIntervalMs,
    maxStalledCount: options.maxStalledCount,
    onStalled: (workspace, ids) => options.onStalled?.(workspace, ids),
    onError,
  });

  let claims = 0;
  let firstShard = 0;
  /** In this process's monotonic time. */
  let nextWorkAt = Infinity;
  let draining = false;

  async function claimFrom(shard: number, wanted: number) {
    const token = `${options.replicaId}:${++claims}`;
    const answer = (await callScript(redis, 'claim', routingKey(shard), [
      shardPrefix(shard),
      wanted,
      token,
      options.lockMs,
      options.replicaId,
      options.quantum,
      Math.min(options.partitionCap, wanted),
    ])) as [0] | [1, string, string, number, number[], string[], (string | string[])[]];
    if (answer[0] === 0) return undefined;
    const [, now, next, ready, parked, quarantined, flat] = answer;
    const nowMs = Number(now);
    const jobs: ClaimedHash[] = [];
    for (let i = 0; i + 2 < flat.length; i += 3) {
      jobs.push(
        new ClaimedHash(
          flat[i] as string,
          shard,
          flat[i + 1] as string,
          token,
          nowMs,
          flat[i + 2] as string[],
        ),
      );
    }
    for (let i = 0; i + 1 < quarantined.length; i += 2) {
      const [workspace, reason] = [quarantined[i] as string, quarantined[i + 1] as string];
      shared.logger.error({ workspace, reason }, 'queue quarantined: its keys are not what BullMQ expects');
      options.onQuarantined?.(workspace, reason);
    }
    locks.hold(jobs);
    return { nowMs, nextMs: Number(next), ready, parked, jobs };
  }

  /** A job of a job scheduler plans the next one when it is claimed; BullMQ's worker does that. */
  async function announce(job: ClaimedHash): Promise<void> {
    const worker = await stock.workerFor(job.workspace, job.shard);
    const internals = worker as unknown as {
      nextJobFromJobData(d: object, id: string, t: string): Promise<unknown>;
    };
    await internals.nextJobFromJobData(job.toStockJson(), job.id, job.token);
    await markReady(job, 'added');
  }

  const finishByShard = Array.from({ length: shared.shards }, (_, shard) =>
    createBatcher<{ job: ClaimedHash; value: string }, SettleOutcome>(MAX_BATCH, async (items) => {
      const args: (string | number)[] = [shardPrefix(shard), draining ? 'wake' : ''];
      for (const { job, value } of items) {
        const keep = keepFor(job, options.keepCompleted);
        args.push(job.workspace, job.id, job.token, value, keep.count, keep.age, job.parentWorkspace ?? '');
      }
      const codes = (await callScript(redis, 'finish', routingKey(shard), args)) as number[];
      return codes.map(settleOutcome);
    }),
  );

  const readyByShard = Array.from({ length: shared.shards }, (_, shard) =>
    createBatcher<{ workspace: string; what: 'added' | 'freed' }, void>(MAX_BATCH, async (items) => {
      for (const what of ['freed', 'added'] as const) {
        const names = [...new Set(items.filter((item) => item.what === what).map((item) => item.workspace))];
        if (names.length === 0) continue;
        await callScript(redis, 'ready', routingKey(shard), [
          shardPrefix(shard),
          what,
          shared.eventStreamLength,
          ...names,
        ]);
      }
      return items.map(() => undefined);
    }),
  );

  function markReady(job: ClaimedHash, what: 'added' | 'freed'): Promise<void> {
    return readyByShard[job.shard]?.({ workspace: job.workspace, what }) ?? Promise.resolve();
  }

  /** Runs one of BullMQ's own transitions; it frees a slot and wakes nobody, so `ready` ends it. */
  async function stockTransition<T>(
    job: ClaimedHash,
    transition: (stockJob: ReturnType<ClaimedHash['toStockJob']>) => Promise<T>,
  ): Promise<{ outcome: 'done'; value: T } | { outcome: 'lost_lock' } | { outcome: 'gone' }> {
    locks.release(job);
    const worker = await stock.workerFor(job.workspace, job.shard);
    try {
      const value = await transition(job.toStockJob(worker));
      await markReady(job, 'freed');
      return { outcome: 'done', value };
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (typeof code !== 'number') throw error;
      const settled = settleOutcome(code);
      if (settled.outcome === 'lost_lock' || settled.outcome === 'gone') return settled;
      throw error;
    }
  }

  const own = (job: ClaimedJob) => job as ClaimedHash;

  return {
    async start() {
      await stock.backend();
      locks.start();
      maintenance.start();
    },

    async claim(maxJobs) {
      const jobs: ClaimedHash[] = [];
      const parked: Partial<Record<ParkReason, number>> = {};
      let moreRunnable = false;
      let nextAtMs: number | undefined;
      let waitMs = Infinity;
      for (let i = 0; i < shared.shards && jobs.length < maxJobs; i++) {
        const shard = (firstShard + i) % shared.shards;
        const answer = await claimFrom(shard, Math.min(MAX_BATCH, maxJobs - jobs.length));
        if (!answer) return jobs.length > 0 ? claimed() : { outcome: 'no_generation' };
        jobs.push(...answer.jobs);
        moreRunnable ||= answer.ready > 0;
        PARK_REASONS.forEach((reason, index) => {
          const count = answer.parked[index] ?? 0;
          if (count > 0) parked[reason] = (parked[reason] ?? 0) + count;
        });
        if (answer.nextMs >= 0) {
          waitMs = Math.min(waitMs, Math.max(0, answer.nextMs - answer.nowMs));
          nextAtMs = Math.min(nextAtMs ?? Infinity, answer.nextMs);
        }
      }
      firstShard = (firstShard + 1) % shared.shards;
      nextWorkAt = performance.now() + waitMs;
      for (const job of jobs) if (job.jobSchedulerKey !== undefined) await announce(job);
      return claimed();

      function claimed(): ClaimAnswer {
        return { outcome: 'claimed', jobs, moreRunnable, nextAtMs, parked };
      }
    },

    async waitForWork(maxWaitMs) {
      const untilDueMs = Math.max(0, nextWorkAt - performance.now());
      await blockForWakeUp(blocking, shared.shards, Math.min(maxWaitMs, untilDueMs)).catch(
        (error: unknown) => {
          if (!draining) onError(error as Error);
        },
      );
    },

    interrupt() {
      blocking.disconnect();
    },

    async complete(job, result) {
      const held = own(job);
      const value = JSON.stringify(result) ?? 'null';
      const finish = finishByShard[held.shard];
      if (!finish) throw new Error(`job ${job.id} is of shard ${held.shard}, which does not exist`);
      const outcome = await finish({ job: held, value });
      locks.release(held);
      return outcome;
    },

    async fail(job, error, { retry } = { retry: true }) {
      const held = own(job);
      const reason = retry ? error : unrecoverable(error);
      const answer = await stockTransition(held, async (stockJob) => {
        await stockJob.moveToFailed(reason, held.token, false);
        return { dead: stockJob.finishedOn !== undefined, delayMs: stockJob.delay ?? 0 };
      });
      if (answer.outcome !== 'done') return answer;
      return answer.value.dead ? { outcome: 'dead' } : { outcome: 'retrying', delayMs: answer.value.delayMs };
    },

    async postpone(job, delayMs, mark) {
      const held = own(job);
      const worker = await stock.workerFor(held.workspace, held.shard);
      const answer = await stockTransition(held, async () => {
        await worker.getBackend().moveToDelayed(held.id, Date.now(), delayMs, held.token, {
          skipAttempt: true,
          ...(mark ? { fieldsToUpdate: { ...mark } } : {}),
        });
      });
      return answer.outcome === 'done' ? { outcome: 'retrying', delayMs } : answer;
    },

    async progress(job, value) {
      const held = own(job);
      const worker = await stock.workerFor(held.workspace, held.shard);
      await held.toStockJob(worker).updateProgress(value as never);
    },

    async log(job, line) {
      const held = own(job);
      const worker = await stock.workerFor(held.workspace, held.shard);
      await held.toStockJob(worker).log(line);
    },

    drain() {
      draining = true;
    },

    async stop() {
      draining = true;
      locks.stop();
      maintenance.stop();
      await stock.close();
      await Promise.all([disconnect(blocking), disconnect(redis)]);
    },
  };
}

/** BullMQ's codes; see finish.lua. */
function settleOutcome(code: number): SettleOutcome {
  if (code === 0) return { outcome: 'settled' };
  if (code === -1) return { outcome: 'gone' };
  if (code === -2 || code === -3 || code === -6) return { outcome: 'lost_lock' };
  throw new Error(`the job could not be settled: BullMQ's code ${code}`);
}

/** What the job's own removeOnComplete says, else the replica's default. */
function keepFor(job: ClaimedHash, fallback: Retention): { count: number; age: number | string } {
  const own = job.options.removeOnComplete;
  if (own === undefined) return { count: fallback.count, age: fallback.ageSeconds };
  if (typeof own === 'boolean') return { count: own ? 0 : -1, age: '' };
  if (typeof own === 'number') return { count: own, age: '' };
  return { count: own.count ?? -1, age: own.age ?? '' };
}

function unrecoverable(error: Error): UnrecoverableError {
  const permanent = new UnrecoverableError(error.message);
  if (error.stack !== undefined) permanent.stack = error.stack;
  return permanent;
}
