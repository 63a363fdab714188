/**
 * One side of the comparison, and what is the same on both: everything that a program does to a queue with
 * BullMQ's `Queue` and `FlowProducer` goes through these stock classes on either side. The sides differ in
 * how jobs are claimed, settled, renewed and recovered.
 *
 * Both sides are databases of one server, so that Redis iterates equal sets in equal order on both (the seed
 * of its hash function is the process's).
 */
import { FlowProducer, Job, Queue, type FlowJob as StockFlowJob, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { queuePrefix } from '../../src/keys.ts';
import { type FlowJob, LOCK_MS, type Operation } from './operations.ts';
import { type Snapshot, snapshotReader, sorted } from './snapshot.ts';

export const WORKSPACE = 'acme';
export const REPLICA = 'replica-1';
export const SHARD = 0;
/** What the default retention is, on both sides, for jobs that do not say. */
export const KEEP_COMPLETED = { count: 4, ageSeconds: 60 };
export const KEEP_DEAD = { count: 3, ageSeconds: 90 };

/** What an operation answered, as plain data, equal on both sides when they behave alike. */
export type Answer = unknown;

export interface Side {
  perform(operation: Operation, nowMs: number): Promise<Answer>;
  /** Reads all keys; see `snapshot.ts`. */
  snapshot(passedMs: number): Promise<Snapshot>;
  /** Empties the database for a new sequence. */
  reset(maxEvents: number | undefined, nowMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The operations in which the sides differ. */
export type ClaimedOperation = Extract<
  Operation,
  { kind: 'produce' | 'claim' | 'complete' | 'fail' | 'postpone' | 'progress' | 'log' | 'renew' | 'recover' }
>;

export interface SideParts {
  readonly redis: Redis;
  perform(operation: ClaimedOperation, nowMs: number): Promise<Answer>;
  reset(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

export function connectTo(url: string, database: number): Redis {
  return new Redis(url, { db: database, maxRetriesPerRequest: null });
}

/** Completes the parts of a side with the stock classes. */
export function createSide(parts: SideParts): Side {
  const { redis } = parts;
  const options = { connection: redis as never, prefix: queuePrefix(SHARD), skipMetasUpdate: true };
  const queue = new Queue(WORKSPACE, options);
  const flows = new FlowProducer({ connection: redis as never, prefix: queuePrefix(SHARD) });
  const snapshots = snapshotReader(redis);

  async function performStock(operation: Exclude<Operation, ClaimedOperation>): Promise<Answer> {
    const onJob = async (id: string, change: (job: Job) => Promise<unknown>) => {
      const job = await Job.fromId(queue as never, id);
      if (!job) return 'no such job';
      await change(job as Job);
      return 'done';
    };
    switch (operation.kind) {
      case 'add': {
        const job = await queue.add('work', operation.data, operation.options);
        return job.id;
      }
      case 'addFlow': {
        await flows.add(stockFlow(operation.flow));
        return 'added';
      }
      case 'addChild': {
        const { id, parentId, options } = operation;
        const parent = { id: parentId, queue: queue.qualifiedName };
        const child = await queue.add('work', {}, { ...options, jobId: id, parent });
        return child.id;
      }
      case 'addScheduler': {
        const template = { name: 'work', data: { from: operation.id }, opts: operation.options };
        const job = await queue.upsertJobScheduler(operation.id, { every: operation.everyMs }, template);
        return job?.id;
      }
      case 'removeScheduler':
        return queue.removeJobScheduler(operation.id);
      case 'loseLock': {
        const lock = queue.toKey(`${operation.id}:lock`);
        if (operation.to === 'nobody') return redis.del(lock);
        return redis.set(lock, 'another', 'PX', LOCK_MS, 'XX');
      }
      case 'pause':
        return queue.pause();
      case 'resume':
        return queue.resume();
      case 'globalConcurrency':
        if (operation.max === 0) return queue.removeGlobalConcurrency();
        return queue.setGlobalConcurrency(operation.max);
      case 'globalRateLimit':
        if (operation.max === 0) return queue.removeGlobalRateLimit();
        return queue.setGlobalRateLimit(operation.max, operation.durationMs);
      case 'rateLimit':
        return queue.rateLimit(operation.durationMs);
      case 'promote':
        return onJob(operation.id, (job) => job.promote());
      case 'retryFinished':
        return onJob(operation.id, (job) => job.retry(operation.state));
      case 'remove':
        return onJob(operation.id, (job) => job.remove());
      case 'changePriority':
        return onJob(operation.id, (job) => job.changePriority({ priority: operation.priority }));
      case 'changeDelay':
        return onJob(operation.id, (job) => job.changeDelay(operation.delayMs));
      case 'timePasses':
        return undefined;
    }
  }

  return {
    async perform(operation, nowMs) {
      try {
        return await (isClaimed(operation) ? parts.perform(operation, nowMs) : performStock(operation));
      } catch (error) {
        return refusal(error);
      }
    },
    snapshot: (passedMs) => snapshots.read(passedMs),
    async reset(maxEvents, nowMs) {
      await redis.flushdb();
      snapshots.reset();
      if (maxEvents !== undefined) {
        await redis.hset(queue.toKey('meta'), 'opts.maxLenEvents', String(maxEvents));
      }
      await parts.reset(nowMs);
    },
    async close() {
      await Promise.all([queue.close(), flows.close()]);
      await parts.close();
      redis.disconnect();
    },
  };
}

const CLAIMED: ReadonlySet<Operation['kind']> = new Set<ClaimedOperation['kind']>([
  'produce',
  'claim',
  'complete',
  'fail',
  'postpone',
  'progress',
  'log',
  'renew',
  'recover',
]);

function isClaimed(operation: Operation): operation is ClaimedOperation {
  return CLAIMED.has(operation.kind);
}

/** BullMQ's refusals carry a code; anything else is a fault, and its text is compared too. */
export function refusal(error: unknown): Answer {
  const { code, message } = error as { code?: number; message?: string };
  return typeof code === 'number' ? { refused: code } : { failed: message ?? String(error) };
}

/** The error of a `fail` operation, the same on both sides, stack included. */
export function failureOf(operation: Extract<Operation, { kind: 'fail' }>): Error {
  const error = new Error(operation.message);
  error.stack = `Error: ${operation.message}\n    at handler`;
  if (!operation.retry) error.name = 'UnrecoverableError';
  return error;
}

/** What a claim answers about the job, all that BullMQ's class knows of it. */
export function describeJob(job: Job): Answer {
  const { token: _token, ...fields } = job.toJSON() as Record<string, unknown>;
  return sorted(JSON.stringify(fields));
}

/** The fields of a Worker's options that reach Redis. */
export function workerOptions(redis: Redis): WorkerOptions {
  return {
    connection: redis as never,
    prefix: queuePrefix(SHARD),
    autorun: false,
    removeOnComplete: { count: KEEP_COMPLETED.count, age: KEEP_COMPLETED.ageSeconds },
    removeOnFail: { count: KEEP_DEAD.count, age: KEEP_DEAD.ageSeconds },
  };
}

function stockFlow({ id, options, children }: FlowJob): StockFlowJob {
  return {
    name: 'work',
    queueName: WORKSPACE,
    data: { id },
    opts: { ...options, jobId: id },
    ...(children.length > 0 ? { children: children.map(stockFlow) } : {}),
  };
}
