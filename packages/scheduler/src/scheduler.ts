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
import type { ChainableCommander } from 'ioredis';
import { byNode, pipelined, primaries, type Reply } from './cluster-nodes.ts';
import {
  COMMAND_TIMEOUT_MS,
  connect,
  disconnect,
  type RedisHandle,
  type RedisOptions,
  redisFault,
  withDeadline,
} from './connection.ts';
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
  /** How many shards the deployment has; fixed when it is created. Default 1, on a cluster 64. */
  readonly shards?: number | undefined;
  readonly logger?: Logger;
  /**
   * Entries an event stream keeps, for queues seen for the first time. Default 1,000. With 0 plain jobs write no events,
   * and nobody hears of them (`QueueEvents`, `waitUntilFinished`); what goes through BullMQ's own scripts still does.
   */
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
  /** Those of the jobs that Redis does not have; of what is in a part of a cluster that is away nothing is said. */
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
  /** The shard of a workspace. @throws FairleadError WORKSPACE_NAME_INVALID */
  shardOf(workspace: string): number;
  /** A stock BullMQ Queue; what it adds is found by the sweep within known workspaces / 1,000 seconds. */
  queueFor(workspace: string): Queue;
  close(): Promise<void>;
}

/** What the producer and the claimer of this package need beyond the public face. */
export interface SchedulerInternals extends Scheduler {
  readonly redis: RedisHandle;
  readonly stock: StockQueues;
  readonly options: Required<SchedulerOptions> & { readonly shards: number };
}

/** Enough that they spread evenly over some primaries, and few enough to look at each of them every second. */
const SHARDS_OF_CLUSTER = 64;

/** Opens the scheduler. It connects in the background and reconnects for ever. */
export function createScheduler(given: SchedulerOptions): Scheduler {
  const options = {
    logger: silentLogger,
    eventStreamLength: 1_000,
    ...given,
    shards: given.shards ?? (given.redis.cluster ? SHARDS_OF_CLUSTER : 1),
  };
  const onError = limitLog(options.logger, 'redis connection failed');
  const redis = connect(options.redis, 'impatient', 'scheduler', onError);
  defineScripts(redis);
  const stock = createStockQueues(redis, { onError });
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);

  function byShard<T>(items: readonly T[], workspaceOf: (item: T) => string): Map<number, T[]> {
    return Map.groupBy(items, (item) => shardOf(workspaceOf(item), options.shards));
  }

  function prefixOf(workspace: string): string {
    return shardPrefix(shardOf(workspace, options.shards));
  }

  /**
   * The reply to each job's command; undefined where there is none: neither a corrupt queue nor a part of a cluster that
   * is away may hold up others.
   */
  async function replyToEach<T>(
    jobs: readonly JobName[],
    add: (pipeline: ChainableCommander, job: JobName) => void,
  ): Promise<(T | undefined)[]> {
    const shard = ({ workspace }: JobName) => shardOf(workspace, options.shards);
    const replies = await pipelined(redis, jobs, shard, add).catch(rethrow);
    return jobs.map((job) => {
      const [[error, answer] = [null, undefined]] = replies.get(job) ?? [];
      return error ? unlessRefused(error) : (answer as T);
    });
  }

  const scheduler: SchedulerInternals = {
    redis,
    stock,
    options,

    async ping(deadlineMs) {
      const work = (async () => {
        await anyOf(redis, (server) => server.ping());
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
      // Of a cluster, the states of those shards whose primary is there.
      const groups = await Promise.allSettled(
        byNode(redis, shards, (shard) => shard).map((group) => statesOf(redis, group)),
      );
      const states = groups.flatMap((group) => (group.status === 'fulfilled' ? group.value : []));
      if (states.length === 0) rethrow((groups[0] as PromiseRejectedResult).reason);
      return states.sort((a, b) => a.shard - b.shard);
    },

    async beat(seen, value) {
      const raised = await Promise.allSettled(seen.map((state) => raiseBeat(redis, state, value)));
      const [failed] = raised.filter((beat) => beat.status === 'rejected');
      if (failed && raised.every((beat) => beat.status === 'rejected')) rethrow(failed.reason);
      return seen.flatMap((state, i) => {
        const beat = raised[i];
        return beat?.status === 'fulfilled' && beat.value ? { ...state, beat: value } : [];
      });
    },

    async missing(jobs) {
      if (jobs.length === 0) return [];
      const answers = await replyToEach<(string | null)[]>(jobs, (pipeline, { workspace, id }) => {
        pipeline.hmget(`${prefixOf(workspace)}${workspace}:${id}`, 'name', 'finishedOn');
      });
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
      const SETS = ['ring', 'park', 'busy', 'known'] as const;
      const replies = await pipelined(
        redis,
        shards,
        (shard) => shard,
        (pipeline, shard) => {
          for (const set of SETS) pipeline.zcard(setKey(shard, set));
        },
      ).catch(rethrow);
      if (replies.size < shards.length) rethrow(new Error('a part of the cluster is away'));
      const [ready, parked, busy, known] = SETS.map((_, at) =>
        [...replies.values()].reduce((sum, counts) => sum + Number(answerOf(counts[at])), 0),
      ) as [number, number, number, number];
      return { ready, parked, busy, known };
    },

    job(workspace, id) {
      const look = readJob(redis, workspace, shardOf(workspace, options.shards), id);
      return withDeadline(look, COMMAND_TIMEOUT_MS, 'Redis').catch(rethrow);
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
      const scores = await replyToEach<string | null>(jobs, (pipeline, { workspace, id }) => {
        pipeline.zscore(`${prefixOf(workspace)}${workspace}:failed`, id);
      });
      const dead = jobs.filter((_, i) => scores[i] != null);
      const groups = [...Map.groupBy(dead, ({ workspace }) => workspace).values()];
      await Promise.all(groups.map((group) => scheduler.cancel(group).catch(unlessRefused)));
    },

    async memory() {
      const looks = await Promise.allSettled(
        primaries(redis).map((server) => withDeadline(server.info('memory'), COMMAND_TIMEOUT_MS, 'Redis')),
      );
      const found = looks.flatMap((look) => (look.status === 'fulfilled' ? memoryFrom(look.value) : []));
      const [first = memoryFrom(await redis.info('memory').catch(rethrow)), ...others] = found;
      return others.reduce((most, next) => (fullness(next) > fullness(most) ? next : most), first);
    },

    publishPressure: (levels) => publishPressure(redis, levels).catch(rethrow),

    readPressure: (knownVersion) => readPressure(redis, knownVersion).catch(rethrow),

    report: (report) => sendReport(redis, report).catch(rethrow),

    readReports: (after, limit) => readReports(redis, after, limit).catch(rethrow),

    replicas: () => readReplicas(redis).catch(rethrow),

    publishCapacity: (capacity) => publishCapacity(redis, capacity).catch(rethrow),

    shardOf: (workspace) => shardOf(workspace, options.shards),

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

/** The generations and beats of shards that one server has. */
async function statesOf(redis: RedisHandle, shards: readonly number[]): Promise<ShardState[]> {
  const pipeline = redis.pipeline().info('server');
  for (const shard of shards) pipeline.get(generationKey(shard)).get(beatKey(shard));
  const [info, ...values] = ((await pipeline.exec()) ?? []).map(answerOf);
  const server = /^run_id:(\w+)/m.exec(String(info))?.[1] ?? '';
  return shards.map((shard, i) => {
    const [generation, beat] = values.slice(i * 2, i * 2 + 2) as (string | null)[];
    return {
      shard,
      generation: generation ?? undefined,
      beat: beat == null ? undefined : Number(beat),
      server,
    };
  });
}

function answerOf(reply: Reply | undefined): unknown {
  const [error, value] = reply ?? [new Error('Redis did not answer'), undefined];
  if (error) throw error;
  return value;
}

interface Memory {
  readonly usedBytes: number;
  readonly maxBytes: number;
}

function memoryFrom(info: string): Memory {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { usedBytes: field('used_memory'), maxBytes: field('maxmemory') };
}

function fullness({ usedBytes, maxBytes }: Memory): number {
  return maxBytes === 0 ? 0 : usedBytes / maxBytes;
}

/** The first good answer: of a cluster one primary is enough. */
async function anyOf<T>(redis: RedisHandle, ask: (server: RedisHandle) => Promise<T>): Promise<T> {
  const servers = primaries(redis);
  if (servers.length < 2) return ask(servers[0] ?? redis);
  return Promise.any(servers.map(ask)).catch((failure: AggregateError) => {
    throw failure.errors[0];
  });
}

function unlessRefused(error: unknown): undefined {
  const fault = redisFault(error);
  if (fault.code !== 'REDIS_REFUSED') throw fault;
}

function rethrow(error: unknown): never {
  throw redisFault(error);
}
