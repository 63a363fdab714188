/**
 * The scheduler: which workspace's job runs next, decided in Redis.
 *
 * Each workspace has its own BullMQ queue, and nobody blocks on it. A replica asks for n jobs, and one
 * script call per shard picks workspaces by weighted virtual time, checks slots and tokens, and moves
 * jobs to active. What lives here is what every service needs: settings, counts, one job's state. Adding
 * is in `producer.ts`, claiming in `claimer.ts`; each script's contract stands on top of its `.lua` file.
 *
 * What may fail, and what then holds:
 * - A claim whose answer is lost leaves active jobs that nobody runs: their locks expire and `recover`
 *   puts them back.
 * - A wake-up taken by a replica that dies is lost: idle replicas ask again after at most five seconds.
 * - A flushed Redis has no generation: claims are refused until settings are back and it is written anew.
 */
import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { ChainableCommander, Redis } from 'ioredis';
import { connect, disconnect, type RedisOptions, redisFault, withDeadline } from './connection.ts';
import { readLoads, type WorkspaceLiveLoad } from './control/loads.ts';
import {
  type PressureAnswer,
  type PressureToPublish,
  publishPressure,
  readPressure,
} from './control/pressure.ts';
import { type WorkspaceQuota, writeQuotas } from './control/quotas.ts';
import { type JobView, readJob } from './job-view.ts';
import { beatKey, generationKey, setKey, shardOf, shardPrefix } from './keys.ts';
import { type Logger, limitLog, silentLogger } from './logger.ts';
import { defineScripts } from './scripts.ts';
import { type CapacityToPublish, publishCapacity } from './signals/capacity.ts';
import { type ReportsRead, readReports } from './signals/read-reports.ts';
import { type Replica, readReplicas } from './signals/replicas.ts';
import type { CapacityAnswer, Report } from './signals/report.ts';
import { sendReport } from './signals/send-report.ts';
import { createStockQueues, type StockQueues } from './stock-queues.ts';
import { raiseBeat, type ShardState } from './verbs/beat.ts';
import { type CancelOutcome, cancelJobs, type JobName } from './verbs/cancel.ts';
import { configureWorkspaces, type WorkspaceSetting } from './verbs/configure.ts';
import { countsOf, readStandings, type WorkspaceCounts } from './verbs/counts.ts';

export interface SchedulerOptions {
  readonly redis: RedisOptions;
  /** How many shards the deployment has; fixed when it is created. Default 1. */
  readonly shards?: number;
  readonly logger?: Logger;
  /** Entries an event stream keeps, for queues seen for the first time. Default 1,000. */
  readonly eventStreamLength?: number;
}

export interface Scheduler {
  /**
   * Resolves when Redis answers and the scripts can be called.
   *
   * @throws FairleadError REDIS_UNAVAILABLE after `deadlineMs`
   */
  ping(deadlineMs: number): Promise<void>;
  /** Writes settings; they hold from the next claim on, for the existing backlog too. */
  configure(settings: readonly WorkspaceSetting[]): Promise<void>;
  /**
   * Puts workspaces on their place of the ladder: slots and tokens that follow the quota hold from the next claim on.
   * `old_epoch`: a leader of a later epoch has written, and nothing (more) was changed.
   */
  setQuotas(quotas: readonly WorkspaceQuota[], epoch: number): Promise<'published' | 'old_epoch'>;
  /**
   * Live numbers of all workspaces that are ready, parked or busy, some hundred at a time, each once. A workspace that
   * is not among them has nothing to do.
   */
  loads(): AsyncIterable<readonly WorkspaceLiveLoad[]>;
  /** The generations of all shards, as one text; undefined while one has none. Another one: Redis was flushed. */
  generation(): Promise<string | undefined>;
  /** Whether every shard has its generation, that is, its settings. */
  hasGeneration(): Promise<boolean>;
  /** Allows claims; call it once settings were restored. Keeps a generation that is there. */
  writeGeneration(): Promise<void>;
  /** The generation and the last beat of every shard, by which a loss of data is noticed. */
  shardStates(): Promise<ShardState[]>;
  /** Raises the beat of those shards that still are as they were seen; answers them with their new beat. */
  beat(seen: readonly ShardState[], value: number): Promise<ShardState[]>;
  /** Those of the jobs that Redis does not have. */
  missing(jobs: readonly JobName[]): Promise<JobName[]>;
  /** Live counts, in the order asked. */
  counts(workspaces: readonly string[]): Promise<WorkspaceCounts[]>;
  /** Workspaces with work (ready, parked, busy) first, then others that were seen, at most `limit`. */
  activeWorkspaces(limit: number): Promise<string[]>;
  /** How many workspaces are in each set, over all shards. */
  totals(): Promise<{ ready: number; parked: number; busy: number; known: number }>;
  /** One job, or undefined when Redis does not (or no longer) have it. */
  job(workspace: string, id: string): Promise<JobView | undefined>;
  /** Takes jobs out of their queues, or tells the replicas that run them; answers in the order asked. */
  cancel(jobs: readonly JobName[]): Promise<CancelOutcome[]>;
  /**
   * Takes dead letters out of Redis, before jobs of their ids are added anew; others are left alone, and so is what lies
   * in a corrupt queue: adding to that is refused with the reason.
   */
  removeDead(jobs: readonly JobName[]): Promise<void>;
  /** Memory of the fullest Redis; `maxBytes` 0 means no limit. */
  memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number }>;
  /** Tells all dispatchers the levels of backpressure, for three ticks; to be repeated every tick. */
  publishPressure(levels: PressureToPublish): Promise<'published' | 'old_epoch'>;
  /** The levels that hold now; with the version that the caller has, only whether they still are those. */
  readPressure(knownVersion?: string): Promise<PressureAnswer>;
  /** Hands in what was counted since the last report; see signals/send-report.ts for one that may have been taken before. */
  report(report: Report): Promise<CapacityAnswer>;
  /** The reports after a cursor (undefined: all that there are), at most `limit`; fewer when there are no more. */
  readReports(after: string | undefined, limit: number): Promise<ReportsRead>;
  /** The consumers that have reported in the last 15 seconds. */
  replicas(): Promise<Replica[]>;
  /** Says how many attempts may run at once in the cluster, for five minutes; to be repeated every tick. */
  publishCapacity(capacity: CapacityToPublish): Promise<'published' | 'old_epoch'>;
  /** A stock BullMQ Queue; what it adds is found by the sweep within known workspaces / 1,000 seconds. */
  queueFor(workspace: string): Queue;
  close(): Promise<void>;
}

/** What the producer and the claimer of this package need beyond the public face. */
export interface SchedulerInternals extends Scheduler {
  readonly redis: Redis;
  readonly stock: StockQueues;
  readonly options: Required<SchedulerOptions>;
}

/** Opens the scheduler. It connects in the background and reconnects for ever. */
export function createScheduler(given: SchedulerOptions): Scheduler {
  const options = {
    shards: 1,
    logger: silentLogger,
    eventStreamLength: 1_000,
    ...given,
  };
  const onError = limitLog(options.logger, 'redis connection failed');
  const redis = connect(options.redis, 'impatient', 'scheduler', onError);
  defineScripts(redis);
  const stock = createStockQueues(redis, { onError });
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);

  function byShard<T>(items: readonly T[], workspaceOf: (item: T) => string): Map<number, T[]> {
    return Map.groupBy(items, (item) => shardOf(workspaceOf(item), options.shards));
  }

  const scheduler: SchedulerInternals = {
    redis,
    stock,
    options,

    async ping(deadlineMs) {
      const work = (async () => {
        await redis.ping();
        await stock.backend();
      })();
      await withDeadline(work, deadlineMs, 'Redis').catch((error: unknown) => {
        throw redisFault(error);
      });
    },

    async configure(settings) {
      for (const [shard, group] of byShard(settings, (setting) => setting.workspace)) {
        await configureWorkspaces(redis, shard, group, options.eventStreamLength).catch(rethrow);
      }
    },

    async setQuotas(quotas, epoch) {
      for (const [shard, group] of byShard(quotas, ({ workspace }) => workspace)) {
        const outcome = await writeQuotas(redis, shard, group, epoch).catch(rethrow);
        if (outcome === 'old_epoch') return outcome;
      }
      return 'published';
    },

    async *loads() {
      try {
        for (const shard of shards) yield* readLoads(redis, shard);
      } catch (error) {
        rethrow(error);
      }
    },

    async generation() {
      const found = await Promise.all(shards.map((shard) => redis.get(generationKey(shard)))).catch(rethrow);
      return found.includes(null) ? undefined : found.join(' ');
    },

    async hasGeneration() {
      const found = await Promise.all(shards.map((shard) => redis.exists(generationKey(shard)))).catch(
        rethrow,
      );
      return found.every((count) => count === 1);
    },

    async writeGeneration() {
      await Promise.all(shards.map((shard) => redis.set(generationKey(shard), randomUUID(), 'NX'))).catch(
        rethrow,
      );
    },

    async shardStates() {
      const keys = shards.flatMap((shard) => [generationKey(shard), beatKey(shard)]);
      const pipeline = redis.pipeline().info('server');
      for (const key of keys) pipeline.get(key);
      const [info, ...answers] = await execAll(pipeline).catch(rethrow);
      const server = /^run_id:(\w+)/m.exec(String(info))?.[1] ?? '';
      return shards.map((shard) => {
        const [generation, beat] = answers.slice(shard * 2, shard * 2 + 2) as (string | null)[];
        return {
          shard,
          generation: generation ?? undefined,
          beat: beat == null ? undefined : Number(beat),
          server,
        };
      });
    },

    async beat(seen, value) {
      const raised = await Promise.all(seen.map((state) => raiseBeat(redis, state, value))).catch(rethrow);
      return seen.flatMap((state, i) => (raised[i] ? { ...state, beat: value } : []));
    },

    async missing(jobs) {
      if (jobs.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const { workspace, id } of jobs) {
        const key = `${shardPrefix(shardOf(workspace, options.shards))}${workspace}:${id}`;
        pipeline.hmget(key, 'name', 'finishedOn');
      }
      const answers = await execEach<(string | null)[]>(pipeline).catch(rethrow);
      return jobs.filter((_, i) => {
        const answer = answers[i];
        // What is no job there keeps its place: adding would change nothing.
        return answer !== undefined && (answer[0] == null || answer[1] != null);
      });
    },

    async counts(workspaces) {
      const groups = [...byShard(workspaces, (workspace) => workspace)];
      const standings = await Promise.all(
        groups.map(([shard, group]) => readStandings(redis, shard, group)),
      ).catch(rethrow);
      const byName = new Map(standings.flat().map((row) => [row.workspace, countsOf(row)]));
      return workspaces.flatMap((workspace) => byName.get(workspace) ?? []);
    },

    async activeWorkspaces(limit) {
      const names = new Set<string>();
      for (const set of ['busy', 'ring', 'park', 'known'] as const) {
        for (const shard of shards) {
          if (names.size >= limit) break;
          const members = await redis.zrange(setKey(shard, set), '0', String(limit - 1)).catch(rethrow);
          for (const member of members) if (names.size < limit) names.add(member);
        }
      }
      return [...names];
    },

    async totals() {
      const pipeline = redis.pipeline();
      for (const shard of shards) {
        for (const set of ['ring', 'park', 'busy', 'known'] as const) pipeline.zcard(setKey(shard, set));
      }
      const answers = (await pipeline.exec().catch(rethrow)) ?? [];
      const sum = (offset: number) =>
        shards.reduce((total, shard) => total + Number(answers[shard * 4 + offset]?.[1] ?? 0), 0);
      return { ready: sum(0), parked: sum(1), busy: sum(2), known: sum(3) };
    },

    job(workspace, id) {
      return readJob(redis, workspace, shardOf(workspace, options.shards), id).catch(rethrow);
    },

    async cancel(jobs) {
      const outcomes = new Map<JobName, CancelOutcome>();
      for (const [shard, group] of byShard(jobs, (job) => job.workspace)) {
        const answers = await cancelJobs(redis, shard, group).catch(rethrow);
        group.forEach((job, i) => {
          outcomes.set(job, answers[i] ?? 'absent');
        });
      }
      return jobs.map((job) => outcomes.get(job) ?? 'absent');
    },

    async removeDead(jobs) {
      if (jobs.length === 0) return;
      const pipeline = redis.pipeline();
      for (const { workspace, id } of jobs) {
        pipeline.zscore(`${shardPrefix(shardOf(workspace, options.shards))}${workspace}:failed`, id);
      }
      const scores = await execEach<string | null>(pipeline).catch(rethrow);
      const dead = jobs.filter((_, i) => scores[i] != null);
      const groups = [...Map.groupBy(dead, ({ workspace }) => workspace).values()];
      await Promise.all(groups.map((group) => scheduler.cancel(group).catch(unlessRefused)));
    },

    async memory() {
      const info = await redis.info('memory').catch(rethrow);
      const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
      return { usedBytes: field('used_memory'), maxBytes: field('maxmemory') };
    },

    publishPressure: (levels) => publishPressure(redis, levels).catch(rethrow),

    readPressure: (knownVersion) => readPressure(redis, knownVersion).catch(rethrow),

    report: (report) => sendReport(redis, report).catch(rethrow),

    readReports: (after, limit) => readReports(redis, after, limit).catch(rethrow),

    replicas: () => readReplicas(redis).catch(rethrow),

    publishCapacity: (capacity) => publishCapacity(redis, capacity).catch(rethrow),

    queueFor(workspace) {
      return stock.queueFor(workspace, shardOf(workspace, options.shards));
    },

    async close() {
      await stock.close();
      await disconnect(redis);
    },
  };
  return scheduler;
}

/** A pipeline's answers; throws the first error among them. */
async function execAll(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

/** The same, with undefined for what was refused: a corrupt queue must not keep others from being looked after. */
async function execEach<T>(pipeline: ChainableCommander): Promise<(T | undefined)[]> {
  return ((await pipeline.exec()) ?? []).map(([error, value]) => {
    if (error) return unlessRefused(error);
    return value as T;
  });
}

function unlessRefused(error: unknown): undefined {
  const fault = redisFault(error);
  if (fault.code !== 'REDIS_REFUSED') throw fault;
}

function rethrow(error: unknown): never {
  throw redisFault(error);
}
