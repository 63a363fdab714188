/**
 * The adding side: all jobs of a call, and the readiness of their workspaces, in one pipeline per shard.
 */
import { FairleadError } from '@fairlead/core';
import { QueueKeys } from 'bullmq';
import { COMMAND_TIMEOUT_MS, redisFault, unlessClosed, withDeadline } from './connection.ts';
import { queuePrefix, routingKey, shardOf } from './keys.ts';
import type { Scheduler, SchedulerInternals } from './scheduler.ts';
import { commandName } from './scripts.ts';
import { readyArguments } from './verbs/ready.ts';

/** A job to add; everything but the first four has BullMQ's meaning and a default. */
export interface JobToAdd {
  readonly workspace: string;
  /** Unique in its workspace; adding an id that Redis still has changes nothing. Never a client's own text. */
  readonly id: string;
  readonly type: string;
  readonly payload?: unknown;
  /** 0 (default) runs before 1 … 2,097,151; lower first. */
  readonly priority?: number;
  readonly delayMs?: number;
  /** To the head of the queue. */
  readonly lifo?: boolean;
  /** Attempts before the job is dead-lettered. Default 3. */
  readonly maxAttempts?: number;
  /** Wait before a retry; exponential doubles `delayMs` each time. Default exponential from 1 s. */
  readonly backoff?: {
    readonly type: 'fixed' | 'exponential';
    readonly delayMs: number;
    readonly jitter?: number;
  };
  /** How long one attempt may run. Default: what the handler says. */
  readonly timeoutMs?: number;
  /** A ledger has this job: whoever runs it asks and tells the ledger. */
  readonly recorded?: boolean;
  /** The payload as a JSON text, instead of `payload`: it is handed on and not looked at. */
  readonly payloadJson?: string;
  /** When the job was created, if not now. */
  readonly createdAtMs?: number;
  /** Attempts that failed before Redis lost the job; they count. */
  readonly attemptsBefore?: number;
}

export type AddedJob =
  | {
      readonly outcome: 'added';
      readonly id: string;
      readonly state: 'waiting' | 'delayed';
      /** Jobs of its workspace up to and with this one that can run; as of now. */
      readonly position: number;
    }
  | { readonly outcome: 'failed'; readonly id: string; readonly error: FairleadError };

export interface Producer {
  /**
   * Adds jobs, of any workspaces, and answers in the same order once Redis has confirmed.
   *
   * @throws FairleadError REDIS_UNAVAILABLE when Redis did not confirm: the jobs may or may not be there
   */
  add(jobs: readonly JobToAdd[]): Promise<AddedJob[]>;
}

const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF = { type: 'exponential', delay: 1_000 } as const;

/** A producer over the scheduler's connection. */
export function createProducer(scheduler: Scheduler): Producer {
  const { redis, stock, options } = scheduler as SchedulerInternals;

  async function addToShard(shard: number, jobs: readonly JobToAdd[]): Promise<AddedJob[]> {
    const backend = await withDeadline(stock.backend(), COMMAND_TIMEOUT_MS, 'Redis');
    const client = await backend.client;
    const pipeline = client.pipeline();
    const keys = new QueueKeys(queuePrefix(shard));
    const timestamp = Date.now();
    const workspaces = [...new Set(jobs.map((job) => job.workspace))];
    for (const job of jobs) {
      const data = {
        id: job.id,
        name: job.type,
        data: job.payloadJson ?? JSON.stringify(job.payload === undefined ? {} : job.payload),
        opts: bullmqOptions(job),
        timestamp: job.createdAtMs ?? timestamp,
      };
      // Only enqueues the command: the answer is in the pipeline's.
      void backend.addJobToTransaction(
        pipeline,
        data as never,
        job.id,
        {},
        keys.getKeys(job.workspace) as never,
      );
    }
    pipeline.runCommand(commandName('ready'), [
      routingKey(shard),
      ...readyArguments(shard, 'added', options.eventStreamLength, workspaces),
    ]);
    const sent = pipeline.exec() as Promise<[Error | null, unknown][] | null>;
    const answers = (await withDeadline(unlessClosed(redis, sent), COMMAND_TIMEOUT_MS, 'Redis')) ?? [];
    // A lost connection shows here as an error of each command it was lost for; what was not answered is
    // not confirmed, and what was may stand.
    const lost = answers.find(([error]) => error && redisFault(error).code === 'REDIS_UNAVAILABLE');
    if (lost) throw lost[0];
    const backlogs = answers[jobs.length]?.[1] as number[] | undefined;
    return positions(
      jobs,
      answers,
      new Map(workspaces.map((workspace, i) => [workspace, backlogs?.[i] ?? 0])),
    );
  }

  return {
    async add(jobs) {
      const groups = Map.groupBy(jobs.keys(), (index) =>
        shardOf((jobs[index] as JobToAdd).workspace, options.shards),
      );
      const results: AddedJob[] = new Array(jobs.length);
      await Promise.all(
        [...groups].map(async ([shard, indexes]) => {
          const added = await addToShard(
            shard,
            indexes.map((index) => jobs[index] as JobToAdd),
          ).catch((error: unknown) => {
            throw redisFault(error);
          });
          indexes.forEach((index, i) => {
            results[index] = added[i] as AddedJob;
          });
        }),
      );
      return results;
    },
  };
}

/** Counts back from the backlog that `ready` saw after all of them were added. */
function positions(
  jobs: readonly JobToAdd[],
  answers: readonly [Error | null, unknown][],
  backlog: Map<string, number>,
): AddedJob[] {
  const results: AddedJob[] = new Array(jobs.length);
  for (let i = jobs.length - 1; i >= 0; i--) {
    const job = jobs[i] as JobToAdd;
    const [error, answer] = answers[i] ?? [
      new FairleadError('REDIS_UNAVAILABLE', 'Redis gave no answer'),
      undefined,
    ];
    if (error) {
      results[i] = { outcome: 'failed', id: job.id, error: redisFault(error) };
    } else if (typeof answer === 'number' && answer < 0) {
      const fault = new FairleadError('REDIS_REFUSED', `BullMQ refused the job with code ${answer}`);
      results[i] = { outcome: 'failed', id: job.id, error: fault };
    } else if (job.delayMs !== undefined && job.delayMs > 0) {
      results[i] = { outcome: 'added', id: job.id, state: 'delayed', position: 0 };
    } else {
      const position = Math.max(1, backlog.get(job.workspace) ?? 1);
      backlog.set(job.workspace, position - 1);
      results[i] = { outcome: 'added', id: job.id, state: 'waiting', position };
    }
  }
  return results;
}

function bullmqOptions(job: JobToAdd): Record<string, unknown> {
  const before = job.attemptsBefore ?? 0;
  return {
    jobId: job.id,
    attempts: Math.max(1, (job.maxAttempts ?? DEFAULT_MAX_ATTEMPTS) - before),
    ...(before > 0 ? { attemptsBefore: before } : {}),
    backoff: job.backoff
      ? {
          type: job.backoff.type,
          delay: job.backoff.delayMs,
          ...(job.backoff.jitter === undefined ? {} : { jitter: job.backoff.jitter }),
        }
      : DEFAULT_BACKOFF,
    ...(job.delayMs ? { delay: job.delayMs } : {}),
    ...(job.priority ? { priority: job.priority } : {}),
    ...(job.lifo ? { lifo: true } : {}),
    ...(job.recorded ? { recorded: true } : {}),
    ...(job.timeoutMs === undefined ? {} : { timeoutMs: job.timeoutMs }),
  };
}
