/**
 * A private Redis with a scheduler on it, for the tests of one file, emptied before each test.
 */
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import {
  type Claimer,
  type ClaimerOptions,
  createClaimer,
  createProducer,
  createScheduler,
  type JobToAdd,
  type Producer,
  type Scheduler,
  type SchedulerOptions,
} from '../../src/index.ts';
import { queuePrefix } from '../../src/keys.ts';

export interface Rig {
  /** The server; it may be killed and restarted. */
  readonly server: TestRedis;
  readonly scheduler: Scheduler;
  readonly producer: Producer;
  /** A plain connection, to look at keys and to break them. */
  readonly raw: Redis;
  /** A claimer that is stopped after the test. It runs no loops until it is started. */
  claimer(options?: Partial<ClaimerOptions>): Claimer;
  /** A scheduler of its own connection, closed after the test. */
  anotherScheduler(options?: Partial<SchedulerOptions>): Scheduler;
  /** A stock Queue as another program has it, closed after the test. */
  stockQueue(workspace: string): Queue;
  /** Runs after the test. */
  cleanUp(task: () => unknown): void;
  /** Redis options for stock classes. */
  readonly stock: { readonly connection: { readonly url: string }; readonly prefix: string };
}

/**
 * Lock and stall interval for tests that wait for them; the defaults are ten times as long. Who is to keep its jobs takes
 * the interval alone: on a busy machine a second goes by between two commands.
 */
export const SHORT = { lockMs: 1_000, stallIntervalMs: 500 } as const;

/** Declares the rig in a test file: the server lives as long as the file, the rest as long as a test. */
export function useRig(): Rig {
  const tasks: (() => unknown)[] = [];
  let parts: { server: TestRedis; scheduler: Scheduler; producer: Producer; raw: Redis } | undefined;
  let claimers = 0;
  const started = () => {
    if (!parts) throw new Error('the rig starts in beforeAll');
    return parts;
  };

  async function cleanUp(): Promise<void> {
    for (const task of tasks.splice(0).reverse()) await task();
  }

  beforeAll(async () => {
    const server = await privateRedis();
    const scheduler = createScheduler({ redis: { url: server.url } });
    parts = {
      server,
      scheduler,
      producer: createProducer(scheduler),
      raw: new Redis(server.url, { maxRetriesPerRequest: null }),
    };
    await waitFor(() => scheduler.ping(5_000).then(() => true), { what: 'Redis answers' });
  });

  beforeEach(async () => {
    await cleanUp();
    await started().raw.flushall();
    await started().scheduler.writeGeneration();
  });

  afterAll(async () => {
    await cleanUp();
    if (!parts) return;
    await parts.scheduler.close();
    parts.raw.disconnect();
    await parts.server.stop();
  });

  return {
    get server() {
      return started().server;
    },
    get scheduler() {
      return started().scheduler;
    },
    get producer() {
      return started().producer;
    },
    get raw() {
      return started().raw;
    },
    get stock() {
      return { connection: { url: started().server.url }, prefix: queuePrefix(0) };
    },
    claimer(options = {}) {
      const claimer = createClaimer(started().scheduler, { replicaId: `replica-${++claimers}`, ...options });
      tasks.push(() => claimer.stop());
      return claimer;
    },
    anotherScheduler(options = {}) {
      const scheduler = createScheduler({ redis: { url: started().server.url }, ...options });
      tasks.push(() => scheduler.close());
      return scheduler;
    },
    stockQueue(workspace) {
      const queue = new Queue(workspace, { ...this.stock, skipMetasUpdate: true });
      tasks.push(() => queue.close());
      return queue;
    },
    cleanUp: (task) => void tasks.push(task),
  };
}

/** `count` plain jobs of a workspace, with the ids `<workspace>-1` onwards. */
export function jobs(workspace: string, count: number, more: Partial<JobToAdd> = {}): JobToAdd[] {
  return Array.from({ length: count }, (_, i) => ({
    workspace,
    id: `${workspace}-${i + 1}`,
    type: 'work',
    payload: { n: i + 1 },
    ...more,
  }));
}

/** The key of something that belongs to a workspace's queue. */
export function queueKey(workspace: string, name: string): string {
  return `${queuePrefix(0)}:${workspace}:${name}`;
}
