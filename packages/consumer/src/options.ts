import { hostname } from 'node:os';
import { FairleadError } from '@fairlead/core';
import { z } from 'zod';
import { MAX_TIMER_MS } from './clock.ts';

const ms = (least: number) => z.int().min(least).max(MAX_TIMER_MS);
const retention = z.strictObject({ count: z.int().min(-1), ageSeconds: z.int().min(0) });

const schema = z.object({
  /** The same everywhere; default: 1, on a cluster 64. */
  shards: z.int().min(1).max(1_024).optional(),
  /** Handlers that run at once. */
  concurrency: z.int().min(1).max(10_000).default(64),
  replicaId: z.string().min(1).max(200).optional(),
  /** How long a job stays locked without a renewal. */
  lockMs: ms(100).default(10_000),
  /** How often stalled jobs are looked for. */
  stallIntervalMs: ms(50).default(5_000),
  /** A drain takes no longer than this. */
  drainTimeoutMs: ms(0).default(25_000),
  /** How long a job of unknown type waits before it is looked at again … */
  unknownTypeDelayMs: ms(1).default(30_000),
  /** … and after how long it becomes a dead letter. */
  unknownTypeMaxMs: ms(0).default(600_000),
  /** For attempts of jobs and handlers that say nothing. */
  defaultTimeoutMs: ms(1).default(300_000),
  /** With free slots and without progress for this long, the replica calls itself unhealthy. */
  watchdogMs: ms(1).default(15_000),
  /** How long a queue must have been drained before its events and counters are tidied away. */
  tidyAfterMs: ms(0).default(3_600_000),
  /** Entries that the stream of BullMQ events of a queue keeps, for queues seen for the first time; 0: no events. */
  eventStreamLength: z.int().min(0).max(1_000_000).default(1_000),
  /** Jobs taken in one visit of a workspace before the next has its turn: larger costs less, smaller is finer. */
  quantum: z.int().min(1).max(64).default(4),
  /** Most jobs of one workspace in one call to Redis while others are runnable; default: no cap. */
  partitionCap: z.int().min(1).max(64).optional(),
  keepCompleted: retention.optional(),
  keepDead: retention.optional(),
});

export type ParsedOptions = z.output<typeof schema> & { readonly replicaId: string };

/** The part of them that the loop needs. */
export type ReplicaOptions = Pick<
  ParsedOptions,
  'concurrency' | 'unknownTypeDelayMs' | 'unknownTypeMaxMs' | 'defaultTimeoutMs' | 'watchdogMs'
>;

/** What a caller may leave out has its default here, and nowhere else. */
export type GivenOptions = z.input<typeof schema>;

/**
 * Checks options and fills in defaults.
 *
 * @throws FairleadError CONFIG_INVALID that lists everything that is wrong
 */
export function parseOptions(given: GivenOptions): ParsedOptions {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new FairleadError('CONFIG_INVALID', `The consumer's options are not valid: ${problems.join('; ')}`);
  }
  return { ...parsed.data, replicaId: parsed.data.replicaId ?? ownName() };
}

/** Unique in a cluster for as long as it lives: one process may hold several replicas. */
function ownName(): string {
  const suffix = Math.floor(Math.random() * 36 ** 6).toString(36);
  return `${hostname()}-${process.pid}-${suffix}`;
}
