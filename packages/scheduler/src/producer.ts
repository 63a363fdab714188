/**
 * The adding side: jobs and the readiness of their workspaces together, a hundred or so in a call, all calls at once.
 */
import { FairleadError } from '@fairlead/core';
import { COMMAND_TIMEOUT_MS, redisFault, unlessClosed, withDeadline } from './connection.ts';
import { shardOf } from './keys.ts';
import type { Scheduler, SchedulerInternals } from './scheduler.ts';
import { TELEMETRY_OPTION, telemetryMetadata } from './telemetry-option.ts';
import { type AddAnswer, addJobs, type StorableJob } from './verbs/add.ts';

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
  /** The W3C traceparent of the span that sent it. It travels where BullMQ's own telemetry looks for it. */
  readonly traceparent?: string | undefined;
}

export type AddedJob =
  | {
      readonly outcome: 'added';
      readonly id: string;
      readonly state: 'waiting' | 'delayed';
      /** Jobs of its workspace up to and with this one that can run; as of now. */
      readonly position: number;
    }
  | {
      readonly outcome: 'failed';
      readonly id: string;
      /**
       * `queue`: the queue of its workspace is corrupt; `redis`: Redis takes no job at all, being full perhaps, or of a
       * cluster the primary of its shard is away: then the job may or may not be there, as when `add` throws.
       */
      readonly refusedBy: 'queue' | 'redis';
      readonly error: FairleadError;
    };

export interface Producer {
  /**
   * Adds jobs, of any workspaces, and answers in the same order once Redis has confirmed.
   *
   * @throws FairleadError REDIS_UNAVAILABLE when Redis did not confirm any: the jobs may or may not be there
   */
  add(jobs: readonly JobToAdd[]): Promise<AddedJob[]>;
}

const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF = { type: 'exponential', delay: 1_000 } as const;

/** In one call: it holds Redis for a millisecond or two. */
const MAX_JOBS = 128;
const MAX_BYTES = 512 * 1024;
/** How long a shard that did not answer last time is waited for: jobs of others go in the same call. */
const AWAY_TIMEOUT_MS = 250;

/** A producer over the scheduler's connection. */
export function producerOver(scheduler: Scheduler): Producer {
  const { redis, options } = scheduler as SchedulerInternals;
  /** Shards of a cluster that did not answer last time. */
  const away = new Set<number>();

  async function addToShard(shard: number, jobs: readonly JobToAdd[]): Promise<AddedJob[]> {
    const storable = jobs.map(storableJob);
    const calls = inCalls(storable).map((part) =>
      addJobs(redis, shard, options.eventStreamLength, part).catch((error: unknown): AddAnswer => {
        const fault = redisFault(error);
        if (fault.code !== 'REDIS_REFUSED') throw fault;
        return { refusals: part.map(() => fault.message), refusedBy: 'redis', backlogs: new Map() };
      }),
    );
    // Where one call fails, what became of the others is of no interest: adding again is harmless.
    const deadlineMs = away.has(shard) ? AWAY_TIMEOUT_MS : COMMAND_TIMEOUT_MS;
    const answers = await withDeadline(unlessClosed(redis, Promise.all(calls)), deadlineMs, 'Redis');
    return answered(storable, answers);
  }

  /** Of a cluster, what the shards that are there take is not lost for one that is not. */
  async function addOrFail(shard: number, jobs: readonly JobToAdd[]): Promise<AddedJob[] | FairleadError> {
    try {
      const added = await addToShard(shard, jobs);
      away.delete(shard);
      return added;
    } catch (error) {
      if (redis.isCluster) away.add(shard);
      return redisFault(error);
    }
  }

  return {
    async add(jobs) {
      const groups = Map.groupBy(jobs, ({ workspace }) => shardOf(workspace, options.shards));
      const answers = await Promise.all([...groups].map(([shard, group]) => addOrFail(shard, group)));
      const faults = answers.filter((answer) => answer instanceof FairleadError);
      const [fault] = faults;
      if (fault && (faults.length === answers.length || !redis.isCluster)) throw fault;
      const results = new Map<JobToAdd, AddedJob>();
      [...groups.values()].forEach((group, i) => {
        const answer = answers[i] as AddedJob[] | FairleadError;
        group.forEach((job, n) => {
          results.set(
            job,
            answer instanceof FairleadError
              ? { outcome: 'failed', id: job.id, refusedBy: 'redis', error: answer }
              : (answer[n] as AddedJob),
          );
        });
      });
      return jobs.map((job) => results.get(job) as AddedJob);
    },
  };
}

function inCalls(jobs: readonly StorableJob[]): StorableJob[][] {
  const calls: StorableJob[][] = [];
  let call: StorableJob[] = [];
  let bytes = 0;
  for (const job of jobs) {
    if (call.length >= MAX_JOBS || (call.length > 0 && bytes + job.dataJson.length > MAX_BYTES)) {
      calls.push(call);
      [call, bytes] = [[], 0];
    }
    call.push(job);
    bytes += job.dataJson.length;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

/** Places count back from the backlog that was there after the last call. */
function answered(jobs: readonly StorableJob[], answers: readonly AddAnswer[]): AddedJob[] {
  const refusals = answers.flatMap(({ refusals, refusedBy }) =>
    refusals.map((reason) => (reason === undefined ? undefined : { reason, refusedBy })),
  );
  const backlog = new Map(answers.flatMap((answer) => [...answer.backlogs]));
  const results: AddedJob[] = new Array(jobs.length);
  for (let i = jobs.length - 1; i >= 0; i--) {
    const { id, workspace, delayMs } = jobs[i] as StorableJob;
    const refusal = refusals[i];
    if (refusal !== undefined) {
      results[i] = {
        outcome: 'failed',
        id,
        refusedBy: refusal.refusedBy,
        error: new FairleadError('REDIS_REFUSED', refusal.reason),
      };
    } else if (delayMs > 0) {
      results[i] = { outcome: 'added', id, state: 'delayed', position: 0 };
    } else {
      const position = Math.max(1, backlog.get(workspace) ?? 1);
      backlog.set(workspace, position - 1);
      results[i] = { outcome: 'added', id, state: 'waiting', position };
    }
  }
  return results;
}

function storableJob(job: JobToAdd): StorableJob {
  return {
    workspace: job.workspace,
    id: job.id,
    type: job.type,
    dataJson: job.payloadJson ?? JSON.stringify(job.payload === undefined ? {} : job.payload),
    optionsJson: JSON.stringify(bullmqOptions(job)),
    timestampMs: job.createdAtMs ?? Date.now(),
    delayMs: job.delayMs ?? 0,
    priority: job.priority ?? 0,
    lifo: job.lifo ?? false,
  };
}

function bullmqOptions(job: JobToAdd): Record<string, unknown> {
  const before = job.attemptsBefore ?? 0;
  const options: Record<string, unknown> = {
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
  if (job.traceparent !== undefined) options[TELEMETRY_OPTION] = telemetryMetadata(job.traceparent);
  return options;
}
