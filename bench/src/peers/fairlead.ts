/** One replica as a program of one's own has it: `createProducer` adds, `createConsumer` runs a handler; ledger off. */
import { type Consumer, createConsumer, defineHandlers } from '@fairlead/consumer';
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { createProducer, createScheduler, type RedisOptions } from '@fairlead/scheduler';
import { z } from 'zod';
import { type Checklist, createChecklist } from '../checklist.ts';

/** Handlers that one replica runs at once. Found by trying 128, 192, 256, 384 and 512. */
export const FAIRLEAD_CONCURRENCY = 256;
const ADD_BATCH = 1_000;
/** So few workspaces would be held back by their quota of 64 jobs at once, which the peers do not have. */
const UNLIMITED_BELOW = 10;

/** Adds `jobs` no-op jobs, spread evenly over the workspaces. */
export async function fillFairlead(
  redis: string | RedisOptions,
  jobs: number,
  workspaces: number,
  /** `off`: the queues' streams are to have no entries. */
  events: 'on' | 'off' = 'on',
): Promise<void> {
  const scheduler = createScheduler({
    redis: optionsOf(redis),
    ...(events === 'off' ? { eventStreamLength: 0 } : {}),
  });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  if (workspaces < UNLIMITED_BELOW) {
    const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 0 };
    const names = Array.from({ length: workspaces }, (_, index) => workspaceName(index));
    await scheduler.configure(names.map((workspace) => ({ workspace, config })));
  }
  const producer = createProducer(scheduler);
  for (let from = 0; from < jobs; from += ADD_BATCH) {
    const size = Math.min(ADD_BATCH, jobs - from);
    const batch = Array.from({ length: size }, (_, i) => ({
      workspace: workspaceName((from + i) % workspaces),
      id: `j-${from + i}`,
      type: 'noop',
      payload: { number: from + i, text: 'x'.repeat(60) },
    }));
    for (const added of await producer.add(batch)) if (added.outcome === 'failed') throw added.error;
  }
  await scheduler.close();
}

function optionsOf(redis: string | RedisOptions): RedisOptions {
  return typeof redis === 'string' ? { url: redis } : redis;
}

/** The name of a workspace that `fillFairlead` fills. */
export function workspaceName(index: number): string {
  return `w-${index}`;
}

export interface DrainOptions {
  /** Default `FAIRLEAD_CONCURRENCY`. */
  readonly concurrency?: number;
  /** Jobs a visit of a workspace; default: the product's. */
  readonly quantum?: number;
  /** Default: the product's. */
  readonly tidyAfterMs?: number;
  /** Replicas, all in this process. Default 1. */
  readonly replicas?: number;
}

/** Drains them with one replica, or several: locks, renewal, recovery, sweep and events are on. */
export async function drainFairlead(
  redis: string | RedisOptions,
  jobs: number,
  { replicas = 1, ...options }: DrainOptions = {},
): Promise<void> {
  const checklist = createChecklist(jobs);
  const consumers = Array.from({ length: replicas }, () => replica(optionsOf(redis), checklist, options));
  await Promise.all(consumers.map((consumer) => consumer.start()));
  await checklist.complete;
  checklist.verify();
  const drained = await Promise.all(consumers.map((consumer) => consumer.drain()));
  const abandoned = drained.reduce((sum, report) => sum + report.abandoned, 0);
  if (abandoned > 0) throw new Error(`${abandoned} jobs were not settled`);
}

function replica(
  redis: RedisOptions,
  checklist: Checklist,
  { concurrency = FAIRLEAD_CONCURRENCY, ...given }: Omit<DrainOptions, 'replicas'>,
): Consumer {
  return createConsumer({
    handlers: defineHandlers({
      noop: {
        input: z.object({ number: z.number(), text: z.string() }),
        run: (job) => {
          checklist.tick(job.input.number);
          return null;
        },
      },
    }),
    redis,
    concurrency,
    ...given,
    keepCompleted: { count: 0, ageSeconds: 0 },
    onEvent(event) {
      if (event.event === 'finished' && event.outcome !== 'completed')
        checklist.fail(new Error(`a job ended ${event.outcome}`));
    },
  });
}
