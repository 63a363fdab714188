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
import {
  DEFAULT_WORKSPACE_CONFIG,
  PARK_REASONS,
  type ParkReason,
  type WorkspaceConfig,
} from '@fairlead/core';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { connect, disconnect, type RedisOptions, redisFault, withDeadline } from './connection.ts';
import { type JobView, readJob } from './job-view.ts';
import { generationKey, routingKey, setKey, shardOf, shardPrefix } from './keys.ts';
import { type Logger, limitLog, silentLogger } from './logger.ts';
import { callScript, defineScripts } from './scripts.ts';
import { createStockQueues, type StockQueues } from './stock-queues.ts';

export interface SchedulerOptions {
  readonly redis: RedisOptions;
  /** How many shards the deployment has; fixed when it is created. Default 1. */
  readonly shards?: number;
  readonly logger?: Logger;
  /** Entries an event stream keeps, for queues seen for the first time. Default 1,000. */
  readonly eventStreamLength?: number;
}

/** Where a workspace stands: `running` has jobs in flight and nothing more that could start now. */
export type WorkspaceState = 'idle' | 'ready' | 'running' | 'parked' | 'quarantined';

export interface WorkspaceCounts {
  readonly workspace: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Completed jobs that are still kept. */
  readonly completed: number;
  /** Dead letters that are still kept. */
  readonly dead: number;
  readonly state: WorkspaceState;
  readonly parkedReason?: ParkReason;
}

export interface Scheduler {
  /**
   * Resolves when Redis answers and the scripts can be called.
   *
   * @throws FairleadError REDIS_UNAVAILABLE after `deadlineMs`
   */
  ping(deadlineMs: number): Promise<void>;
  /** Writes settings; they hold from the next claim on, for the existing backlog too. */
  configure(entries: readonly { workspace: string; config: WorkspaceConfig }[]): Promise<void>;
  /** Whether every shard has its generation, that is, its settings. */
  hasGeneration(): Promise<boolean>;
  /** Allows claims; call it once settings were restored. Keeps a generation that is there. */
  writeGeneration(): Promise<void>;
  /** Live counts, in the order asked. */
  counts(workspaces: readonly string[]): Promise<WorkspaceCounts[]>;
  /** Workspaces with work (ready, parked, busy) first, then others that were seen, at most `limit`. */
  activeWorkspaces(limit: number): Promise<string[]>;
  /** How many workspaces are in each set, over all shards. */
  totals(): Promise<{ ready: number; parked: number; busy: number; known: number }>;
  /** One job, or undefined when Redis does not (or no longer) have it. */
  job(workspace: string, id: string): Promise<JobView | undefined>;
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

const STATES: readonly WorkspaceState[] = ['idle', 'ready', 'parked', 'running', 'quarantined'];
const CONFIGURE_CHUNK = 500;
const COUNTS_CHUNK = 200;

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
    const groups = new Map<number, T[]>();
    for (const item of items) {
      const shard = shardOf(workspaceOf(item), options.shards);
      const group = groups.get(shard);
      if (group) group.push(item);
      else groups.set(shard, [item]);
    }
    return groups;
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

    async configure(entries) {
      for (const [shard, group] of byShard(entries, (entry) => entry.workspace)) {
        for (let from = 0; from < group.length; from += CONFIGURE_CHUNK) {
          const args: (string | number)[] = [shardPrefix(shard), options.eventStreamLength];
          for (const { workspace, config } of group.slice(from, from + CONFIGURE_CHUNK)) {
            args.push(workspace, ...configArguments(config));
          }
          await callScript(redis, 'configure', routingKey(shard), args).catch(rethrow);
        }
      }
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

    async counts(workspaces) {
      const found = new Map<string, WorkspaceCounts>();
      for (const [shard, group] of byShard(workspaces, (workspace) => workspace)) {
        for (let from = 0; from < group.length; from += COUNTS_CHUNK) {
          const chunk = group.slice(from, from + COUNTS_CHUNK);
          const rows = (await callScript(redis, 'counts', routingKey(shard), [
            shardPrefix(shard),
            ...chunk,
          ]).catch(rethrow)) as number[][];
          chunk.forEach((workspace, i) => {
            found.set(workspace, countsOf(workspace, rows[i] ?? []));
          });
        }
      }
      return workspaces.map((workspace) => found.get(workspace) ?? countsOf(workspace, []));
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

/** The five settings as configure.lua takes them: '' for what is the default. */
function configArguments(config: WorkspaceConfig): (string | number)[] {
  const limited = config.ratePerSecond > 0;
  return [
    config.weight === DEFAULT_WORKSPACE_CONFIG.weight ? '' : config.weight,
    config.concurrency > 0 ? config.concurrency : '',
    limited ? config.ratePerSecond : '',
    limited ? Math.max(1, config.burst) : '',
    config.paused ? '1' : '',
  ];
}

function countsOf(workspace: string, row: readonly number[]): WorkspaceCounts {
  const [waiting = 0, active = 0, delayed = 0, completed = 0, dead = 0, state = 0, reason = -1] = row;
  const parkedReason = PARK_REASONS[reason];
  return {
    workspace,
    waiting,
    active,
    delayed,
    completed,
    dead,
    state: STATES[state] ?? 'idle',
    ...(parkedReason ? { parkedReason } : {}),
  };
}

function rethrow(error: unknown): never {
  throw redisFault(error);
}
