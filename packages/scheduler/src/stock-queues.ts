/**
 * BullMQ's own classes over Fairlead's connections.
 *
 * Rare transitions (retry with backoff, dead letters, progress, job schedulers, flows) are full of rules,
 * and BullMQ owns those rules. They run through stock `Worker` objects that never run a loop: all share
 * one connection (4.5 KB each; a default Worker costs 103 KB and a blocking connection), and an LRU
 * keeps only those of the workspaces in use.
 */
import { Queue, QueueKeys, type RedisClient, RedisConnection, RedisQueueBackend, Worker } from 'bullmq';
import { COMMAND_TIMEOUT_MS, type RedisHandle, withDeadline } from './connection.ts';
import { queuePrefix } from './keys.ts';

/** How many stock objects a process keeps at hand. */
const KEPT_WORKERS = 1_000;

export interface StockQueues {
  /** The stock view of a workspace's queue, for transitions of its jobs. */
  workerFor(workspace: string, shard: number): Promise<Worker>;
  /** The backend that can add to any queue in a pipeline of the caller. */
  backend(): Promise<RedisQueueBackend>;
  /** A stock Queue; it leaves the queue's `meta` hash untouched. One made while Redis is away works once it is back. */
  queueFor(workspace: string, shard: number): Queue;
  close(): Promise<void>;
}

/** Job retention that BullMQ applies when a job finishes and does not say itself. */
export interface Retention {
  /** Most recent jobs kept; -1 all, 0 none. */
  readonly count: number;
  /** Seconds after which a finished job is removed. */
  readonly ageSeconds: number;
}

/**
 * The wait before a retry of a job whose strategy was a function of another program's worker: ours by default. Without one
 * BullMQ refuses to fail the job, which would run again whenever its lock has expired.
 */
export function foreignBackoffMs(attemptsMade: number): number {
  return 1_000 * 2 ** (attemptsMade - 1);
}

export function createStockQueues(
  redis: RedisHandle,
  options: { keepDead?: Retention; onError: (error: Error) => void },
): StockQueues {
  const workers = new Map<string, Worker>();
  let ready: Promise<RedisQueueBackend> | undefined;
  let version: Pick<RedisConnection, 'redisVersion' | 'databaseType'> | undefined;

  // BullMQ's connection object asks for the server's version once, and stays broken when that fails:
  // it is made anew until it succeeds.
  async function open(): Promise<RedisQueueBackend> {
    const connection = new RedisConnection(redis as unknown as RedisClient, {
      shared: true,
      blocking: false,
    });
    connection.on('error', options.onError);
    await connection.client;
    version = connection;
    const keepDead = options.keepDead;
    return new RedisQueueBackend(
      connection,
      'unused',
      {} as never,
      () => '',
      {
        connection: redis as never,
        ...(keepDead ? { removeOnFail: { count: keepDead.count, age: keepDead.ageSeconds } } : {}),
      } as never,
      undefined,
      false,
    );
  }

  function backend(): Promise<RedisQueueBackend> {
    ready ??= open().catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  }

  /** What a backend asks of its connection, answered by the one that did open. */
  const reopening = {
    get client() {
      return withDeadline(backend(), COMMAND_TIMEOUT_MS, 'Redis').then((opened) => opened.client);
    },
    get redisVersion() {
      return version?.redisVersion;
    },
    get databaseType() {
      return version?.databaseType;
    },
  };

  return {
    backend,
    async workerFor(workspace, shard) {
      const known = workers.get(workspace);
      if (known) {
        workers.delete(workspace);
        workers.set(workspace, known);
        return known;
      }
      const base = await backend();
      const prefix = queuePrefix(shard);
      const worker = new Worker(
        workspace,
        null,
        {
          connection: redis as never,
          prefix,
          autorun: false,
          settings: { backoffStrategy: foreignBackoffMs },
          ...(options.keepDead
            ? { removeOnFail: { count: options.keepDead.count, age: options.keepDead.ageSeconds } }
            : {}),
        },
        (() => base.forQueue(workspace, prefix)) as never,
      );
      worker.on('error', options.onError);
      workers.set(workspace, worker);
      if (workers.size > KEPT_WORKERS) {
        const [oldest] = workers.keys();
        if (oldest !== undefined) workers.delete(oldest);
      }
      return worker;
    },
    queueFor(workspace, shard) {
      const prefix = queuePrefix(shard);
      const keys = new QueueKeys(prefix);
      const queue = new Queue(
        workspace,
        { connection: redis as never, prefix, skipMetasUpdate: true },
        ((_name: string, queueOptions: object) =>
          new RedisQueueBackend(
            reopening as never,
            workspace,
            keys.getKeys(workspace),
            (type) => keys.toKey(workspace, type),
            queueOptions as never,
            undefined,
            false,
          )) as never,
      );
      queue.on('error', options.onError);
      return queue;
    },
    async close() {
      workers.clear();
    },
  };
}
