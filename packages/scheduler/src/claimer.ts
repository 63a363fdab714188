/**
 * The claiming side, one per replica: claims jobs, holds their locks, settles them, and takes its turn
 * at recovery and sweeping.
 *
 *     claim ──▶ held (lock renewed) ──▶ complete ──▶ finish.lua, batched
 *                  │                └─▶ fail, postpone ──▶ BullMQ's own method, then `ready`
 *                  └─ lock lost: the signal aborts, and settling answers `lost_lock`
 *
 * Its connections are patient: when Redis is away, calls wait for it. A call that was sent, executed and
 * lost its answer is sent again; a second finish then finds the job gone, and says so.
 */
import { type Across, PARK_REASONS, type ParkReason } from '@fairlead/core';
import { createBatcher } from './batcher.ts';
import type { ClaimedHash, ClaimedJob } from './claimed-job.ts';
import { connect, disconnect } from './connection.ts';
import { createLocks } from './locks.ts';
import { limitLog } from './logger.ts';
import { createMaintenance } from './maintenance.ts';
import type { Scheduler, SchedulerInternals } from './scheduler.ts';
import { defineScripts } from './scripts.ts';
import { createServedCounter } from './served-counter.ts';
import { type SettleOutcome, settleOutcome } from './settle-outcome.ts';
import { type Claimed, createSeveralShards } from './several-shards.ts';
import { createStockQueues, type Retention } from './stock-queues.ts';
import { createStockTransitions } from './stock-transitions.ts';
import { noteAlone } from './verbs/alone.ts';
import { claimFromShard, MAX_CLAIM, type ShardClaim } from './verbs/claim.ts';
import { type Completion, finishJobs } from './verbs/finish.ts';
import { passOn } from './verbs/pass-on.ts';
import { createWakeUp } from './wake-up.ts';

export interface ClaimerOptions {
  /** Names the replica in locks, in `processedBy` and in leases; unique in the cluster. */
  readonly replicaId: string;
  /** How long a job stays locked without a renewal. Default 10,000. */
  readonly lockMs?: number;
  /** How often stalled jobs are looked for, cluster-wide. Default 5,000. */
  readonly stallIntervalMs?: number;
  /** How long a queue must have been drained before its events and counters are tidied away. Default an hour. */
  readonly tidyAfterMs?: number;
  /** After how many stalls BullMQ fails a job. High: an innocent job may stall with every crash. Default 20. */
  readonly maxStalledCount?: number;
  /** Jobs activated per visit of a workspace. Default 4. */
  readonly quantum?: number;
  /**
   * Most jobs of one workspace in one call to Redis while others are runnable; a claim makes one call a shard. Default:
   * no cap.
   */
  readonly partitionCap?: number;
  /** Kept completed jobs a workspace, when the job does not say. Default 1,000 for an hour. */
  readonly keepCompleted?: Retention;
  /** Kept dead letters a workspace, when the job does not say. Default 10,000 for 30 days. */
  readonly keepDead?: Retention;
  readonly onStalled?: (workspace: string, jobIds: readonly string[]) => void;
  readonly onQuarantined?: (workspace: string, reason: string) => void;
  readonly onLockLost?: (job: ClaimedJob) => void;
  /** A job that was completed or discarded here made others runnable, and nobody else was told: a claim will find them. */
  readonly onFreed?: () => void;
}

export type ClaimAnswer =
  | {
      readonly outcome: 'claimed';
      readonly jobs: ClaimedJob[];
      /** Whether a further claim now would look at more workspaces. */
      readonly moreRunnable: boolean;
      /** When work is due if nobody adds any; undefined for never. Server time. */
      readonly nextAtMs: number | undefined;
      /** The same, from now on; of several shards, by what is known of all. */
      readonly dueInMs: number | undefined;
      /** Workspaces that this claim parked, by reason. */
      readonly parked: Partial<Record<ParkReason, number>>;
    }
  | { readonly outcome: 'no_generation' };

export interface Claimer {
  /** Waits for Redis, then starts renewal, recovery and sweep. */
  start(): Promise<void>;
  /** Claims up to `maxJobs` jobs, fairly; of one shard that is alone at most 64. */
  claim(maxJobs: number): Promise<ClaimAnswer>;
  /** Returns when work may be there: a wake-up, the time that the last claim named, or `maxWaitMs`. */
  waitForWork(maxWaitMs: number): Promise<void>;
  /**
   * Wakes another replica in place of this one, if it was woken since its last claim and there is work: it cannot take it.
   * Without effect when Redis is away: then nobody is woken for a while.
   */
  passOn(): Promise<void>;
  /** Ends a blocked `waitForWork`, for a drain. */
  interrupt(): void;
  /** Notes that the job starts now, alone in this replica; answers false when its lock is lost: it must not start. */
  noteAlone(job: ClaimedJob): Promise<boolean>;
  /** Records the result, in one call with all that complete at the same time. */
  complete(job: ClaimedJob, result: unknown): Promise<SettleOutcome>;
  /** Takes the job out of Redis without a result, in one call with others: it needs no run, or is recorded elsewhere. */
  discard(job: ClaimedJob): Promise<SettleOutcome>;
  /**
   * Retries by the job's backoff, but not before `leastDelayMs` (default 0) have passed; or dead-letters the job when
   * attempts are used up or `retry` is false.
   */
  fail(
    job: ClaimedJob,
    error: Error,
    options?: { readonly retry: boolean; readonly leastDelayMs?: number },
  ): Promise<SettleOutcome>;
  /** Puts the job back for `delayMs` without counting an attempt; `mark` sets fields of its hash. */
  postpone(job: ClaimedJob, delayMs: number, mark?: Readonly<Record<string, string>>): Promise<SettleOutcome>;
  progress(job: ClaimedJob, value: unknown): Promise<void>;
  log(job: ClaimedJob, line: string): Promise<void>;
  /** Says that this replica will not claim any more: what it finishes wakes others. */
  drain(): void;
  /** Stops the loops and closes the connections; jobs still held are left to recovery. */
  stop(): Promise<void>;
}

const FINISH_BATCH = 64;
const PLAN_AGAIN_MS = 1_000;
/** How long a primary that does not answer may hold up a claim from the others. */
const CLUSTER_PATIENCE_MS = 250;

/** A claimer for one replica. */
export function createClaimer(scheduler: Scheduler, given: ClaimerOptions): Claimer {
  const shared = (scheduler as SchedulerInternals).options;
  const options = {
    lockMs: 10_000,
    stallIntervalMs: 5_000,
    tidyAfterMs: 3_600_000,
    maxStalledCount: 20,
    quantum: 4,
    partitionCap: MAX_CLAIM,
    keepCompleted: { count: 1_000, ageSeconds: 3_600 },
    keepDead: { count: 10_000, ageSeconds: 30 * 86_400 },
    onStalled: () => {},
    onLockLost: () => {},
    onQuarantined: () => {},
    onFreed: () => {},
    ...given,
  };
  const onError = limitLog(shared.logger, 'redis connection failed');
  const redis = connect(shared.redis, 'patient', `replica:${options.replicaId}`, onError);
  defineScripts(redis);
  const wakeUp = createWakeUp(redis, {
    redis: shared.redis,
    shards: shared.shards,
    replicaId: options.replicaId,
    onRung(shard) {
      wokenFor = shard;
      several?.ring(shard);
    },
    onError,
  });
  const stock = createStockQueues(redis, { keepDead: options.keepDead, onError });
  const transitions = createStockTransitions(redis, stock, shared.shards, shared.eventStreamLength);
  const locks = createLocks(redis, options.lockMs, options.onLockLost, onError);
  const maintenance = createMaintenance(redis, { ...options, shards: shared.shards, onError });
  const served = createServedCounter(redis, onError);
  const several =
    shared.shards === 1
      ? undefined
      : createSeveralShards({
          shards: shared.shards,
          quantum: options.quantum,
          claim: claimFrom,
          onLate: wakeUp.stir,
          onError,
          patienceMs: redis.isCluster ? CLUSTER_PATIENCE_MS : undefined,
        });

  let claims = 0;
  /** When the last claim said that work will be due, in this process's monotonic time. */
  let nextWorkAt = Number.POSITIVE_INFINITY;
  let draining = false;
  /** The shard for which this replica was woken since its last claim. */
  let wokenFor: number | undefined;

  const finishOfShard = Array.from({ length: shared.shards }, (_, shard) =>
    createBatcher<Completion, number>(FINISH_BATCH, async (completions) => {
      served.countRuns(shard, completions);
      // The slot that is free now may be filled from another shard: then others are to know of this one.
      const wakes = draining || several !== undefined;
      const { codes, freed } = await finishJobs(redis, shard, completions, options.keepCompleted, wakes);
      // A call that was sent twice answers that the jobs are gone: what the first one freed nobody was told.
      if (freed || codes.some((code) => code !== 0)) {
        several?.ring(shard);
        options.onFreed();
      }
      return codes;
    }),
  );

  async function claimFrom(shard: number, wanted: number, across?: Across): Promise<ShardClaim | undefined> {
    const claim = await claimFromShard(redis, shard, {
      wanted,
      token: `${options.replicaId}:${++claims}`,
      lockMs: options.lockMs,
      replicaId: options.replicaId,
      quantum: options.quantum,
      partitionCap: Math.min(options.partitionCap, wanted),
      across,
    });
    if (!claim) return undefined;
    locks.hold(claim.jobs);
    served.count(claim.jobs);
    for (const { workspace, reason } of claim.quarantined) {
      shared.logger.error({ workspace, reason }, 'queue quarantined: its keys are not what BullMQ expects');
      options.onQuarantined(workspace, reason);
    }
    return claim;
  }

  /** Undefined when there is no generation. */
  async function claimFromOne(maxJobs: number): Promise<Claimed | undefined> {
    const answer = await claimFrom(0, Math.min(MAX_CLAIM, maxJobs));
    if (!answer) return undefined;
    const { jobs, nextMs, nowMs } = answer;
    nextWorkAt =
      nextMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + Math.max(0, nextMs - nowMs);
    return { jobs, answers: [answer] };
  }

  /**
   * A job of a job scheduler runs only once the next one is planned, or the schedule would end here without
   * a word. Where planning fails the job goes back, and comes to be claimed and planned again.
   */
  async function planNext(job: ClaimedHash): Promise<boolean> {
    try {
      await transitions.planNext(job);
      return true;
    } catch (error) {
      onError(error as Error);
      await transitions.postpone(released(job), PLAN_AGAIN_MS).catch(onError);
      return false;
    }
  }

  /** Ends the renewal first: what is being settled must not be reported as lost when its lock goes. */
  function released(job: ClaimedJob): ClaimedHash {
    // The public type hides how a claimed job is held.
    const held = job as ClaimedHash;
    locks.release(held);
    return held;
  }

  async function finish(job: ClaimedJob, value: string, discard: boolean): Promise<SettleOutcome> {
    const finishing = released(job);
    const finishBatched = finishOfShard[finishing.shard];
    if (!finishBatched) throw new Error(`job ${job.id} is of shard ${finishing.shard}, which does not exist`);
    return settleOutcome(await finishBatched({ job: finishing, value, discard }));
  }

  const workIsDueInMs = () => Math.max(0, (several?.nextWorkAt() ?? nextWorkAt) - performance.now());

  return {
    async start() {
      await stock.backend();
      // Who was stopped while Redis was away must not begin now.
      if (draining) return;
      locks.start();
      maintenance.start();
      served.start();
    },

    async claim(maxJobs) {
      wokenFor = undefined;
      const claimed = await (several ?? { claim: claimFromOne }).claim(maxJobs);
      if (!claimed) {
        nextWorkAt = Number.POSITIVE_INFINITY;
        return { outcome: 'no_generation' };
      }
      const { answers } = claimed;
      const jobs: ClaimedHash[] = [];
      for (const job of claimed.jobs) {
        if (job.jobSchedulerKey === undefined || (await planNext(job))) jobs.push(job);
      }
      const dueInMs = workIsDueInMs();
      const due = Math.min(...answers.map((answer) => answer.nextMs ?? Number.POSITIVE_INFINITY));
      return {
        outcome: 'claimed',
        jobs,
        moreRunnable: several?.mayHaveMore() ?? answers.some((answer) => answer.ready > 0),
        nextAtMs: Number.isFinite(due) ? due : undefined,
        dueInMs: Number.isFinite(dueInMs) ? dueInMs : undefined,
        parked: sumParked(answers),
      };
    },

    async waitForWork(maxWaitMs) {
      await wakeUp.wait(Math.min(maxWaitMs, workIsDueInMs())).catch((error: unknown) => {
        if (!draining) onError(error as Error);
      });
    },

    async passOn() {
      const shard = wokenFor;
      wokenFor = undefined;
      if (shard !== undefined) await passOn(redis, shard).catch(onError);
    },

    interrupt: wakeUp.end,

    noteAlone: (job) => noteAlone(redis, job as ClaimedHash),
    complete: (job, result) => finish(job, JSON.stringify(result) ?? 'null', false),
    discard: (job) => finish(job, 'null', true),
    fail: (job, error, { retry, leastDelayMs = 0 } = { retry: true }) =>
      transitions.fail(released(job), error, retry, leastDelayMs),
    postpone: (job, delayMs, mark) => transitions.postpone(released(job), delayMs, mark),
    progress: (job, value) => transitions.progress(job as ClaimedHash, value),
    log: (job, line) => transitions.log(job as ClaimedHash, line),

    drain() {
      draining = true;
    },

    async stop() {
      draining = true;
      locks.stop();
      maintenance.stop();
      served.stop();
      await stock.close();
      await Promise.all([wakeUp.stop(), disconnect(redis)]);
    },
  };
}

function sumParked(answers: readonly ShardClaim[]): Partial<Record<ParkReason, number>> {
  const parked: Partial<Record<ParkReason, number>> = {};
  PARK_REASONS.forEach((reason, index) => {
    const count = answers.reduce((sum, answer) => sum + (answer.parked[index] ?? 0), 0);
    if (count > 0) parked[reason] = count;
  });
  return parked;
}
