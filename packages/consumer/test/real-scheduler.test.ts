/** The library over the real scheduler, on a Redis of its own. */

import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import {
  createProducer,
  createScheduler,
  type JobToAdd,
  type JobView,
  type Producer,
  type Scheduler,
} from '@fairlead/scheduler';
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  type AttemptAborted,
  type Consumer,
  type ConsumerEvent,
  type ConsumerOptions,
  createConsumer,
  defineHandlers,
  type FinishOutcome,
  type HandlerMap,
  PermanentError,
} from '../src/index.ts';

let redis: TestRedis;
let scheduler: Scheduler;
let producer: Producer;
let workspace = '';
let serial = 0;
const consumers: Consumer[] = [];

beforeAll(async () => {
  // One test kills it, and then expects what it had answered: by itself it may hold back writes for two seconds while
  // the disk is busy.
  redis = await privateRedis({ config: ['--appendfsync', 'always'] });
  scheduler = createScheduler({ redis });
  producer = createProducer(scheduler);
  await scheduler.ping(30_000);
  await scheduler.writeGeneration();
});

afterAll(async () => {
  await scheduler.close();
  await redis.stop();
});

beforeEach(() => {
  workspace = `ws-${++serial}`;
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.drain(500)));
});

async function consume(handlers: HandlerMap, options: Partial<ConsumerOptions> = {}) {
  const events: ConsumerEvent[] = [];
  const onEvent = (event: ConsumerEvent) => void events.push(event);
  const consumer = createConsumer({ handlers, redis, onEvent, ...options });
  consumers.push(consumer);
  await consumer.start();
  return { consumer, events };
}

async function add(job: Partial<JobToAdd> & { type: string }): Promise<string> {
  const id = `j${++serial}`;
  const [added] = await producer.add([{ workspace, id, payload: {}, ...job }]);
  expect(added?.outcome).toBe('added');
  return id;
}

function until(id: string, state: JobView['state'], deadlineMs = 10_000): Promise<JobView> {
  const what = `job ${id} is ${state}`;
  return waitFor(
    async () => {
      const job = await scheduler.job(workspace, id);
      return job?.state === state ? job : undefined;
    },
    { what, deadlineMs },
  );
}

/** Waits for the finish that a replica tells of, which is a little later than when Redis knows. */
function finishes(events: readonly ConsumerEvent[], last: FinishOutcome): Promise<FinishOutcome[]> {
  const outcomes = () => events.flatMap((event) => (event.event === 'finished' ? [event.outcome] : []));
  const what = `an attempt ends as ${last}`;
  return waitFor(() => (outcomes().at(-1) === last ? outcomes() : undefined), { what });
}

const anything = z.unknown();

describe('a consumer over Redis', () => {
  test('runs a job and keeps its result, progress and log', async () => {
    await consume(
      defineHandlers({
        greet: {
          input: z.object({ name: z.string() }),
          run: async (job, ctx) => {
            await ctx.progress({ percent: 50 });
            await ctx.log(`greeting ${job.input.name}`);
            return `hello ${job.input.name}`;
          },
        },
      }),
    );
    const id = await add({ type: 'greet', payload: { name: 'Ada' } });
    expect(await until(id, 'succeeded')).toMatchObject({
      result: 'hello Ada',
      progress: { percent: 50 },
      attempts: 1,
    });
    const { logs } = await scheduler.queueFor(workspace).getJobLogs(id);
    expect(logs).toEqual(['greeting Ada']);
  });

  test('picks up what a stock BullMQ queue adds to a workspace', async () => {
    await consume({ stock: { input: anything, run: (job) => job.input } });
    await scheduler.configure([{ workspace, config: DEFAULT_WORKSPACE_CONFIG }]);
    const job = await scheduler.queueFor(workspace).add('stock', { n: 1 });
    expect(await until(job.id as string, 'succeeded')).toMatchObject({ result: { n: 1 } });
  });

  test('tries a failing job again after its backoff, then dead-letters it with the last error', async () => {
    const attempts: number[] = [];
    const { events } = await consume({
      flaky: {
        input: anything,
        run: (_, ctx) => {
          attempts.push(ctx.attempt);
          throw new Error(`no luck ${ctx.attempt}`);
        },
      },
    });
    const backoff = { type: 'fixed', delayMs: 30 } as const;
    const id = await add({ type: 'flaky', maxAttempts: 3, backoff });
    expect(await until(id, 'dead')).toMatchObject({ attempts: 3, lastError: 'no luck 3' });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await finishes(events, 'dead')).toEqual(['retrying', 'retrying', 'dead']);
  });

  test('dead-letters a payload that does not fit and a permanent error at once', async () => {
    await consume({
      strict: { input: z.object({ n: z.number() }), run: () => 1 },
      never: {
        input: anything,
        run: () => {
          throw new PermanentError('the account is closed');
        },
      },
    });
    const misfit = await add({ type: 'strict', payload: { n: 'one' }, maxAttempts: 5 });
    const refused = await add({ type: 'never', maxAttempts: 5 });
    expect(await until(misfit, 'dead')).toMatchObject({
      attempts: 1,
      lastError:
        'The payload does not fit the job type "strict": n: Invalid input: expected number, received string',
    });
    expect(await until(refused, 'dead')).toMatchObject({ attempts: 1, lastError: 'the account is closed' });
  });

  test('fails an attempt that outlives the job’s timeout, and its signal aborts', async () => {
    const causes: unknown[] = [];
    await consume({
      slow: {
        input: anything,
        run: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              causes.push((signal.reason as AttemptAborted).cause);
              reject(signal.reason);
            });
          }),
      },
    });
    const id = await add({ type: 'slow', timeoutMs: 50, maxAttempts: 1 });
    expect(await until(id, 'dead')).toMatchObject({
      lastError: 'The handler did not finish within its timeout of 50 ms',
    });
    expect(causes).toEqual(['timeout']);
  });

  test('cancels a running job', async () => {
    const { consumer, events } = await consume(
      {
        long: {
          input: anything,
          run: (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
            }),
        },
      },
      // It is told with the renewal of its lock: soon, but not so soon that a pause of the machine costs it the lock.
      { lockMs: 6_000 },
    );
    const id = await add({ type: 'long' });
    await waitFor(() => consumer.state().running === 1, { what: 'the job runs' });
    expect(await scheduler.cancel([{ workspace, id }])).toEqual(['running']);
    await finishes(events, 'cancelled');
    expect(await scheduler.job(workspace, id)).toBeUndefined();
  });

  test('puts off a job of unknown type, and a replica that knows it runs it without a lost attempt', async () => {
    const { consumer, events } = await consume(
      { known: { input: anything, run: () => 1 } },
      { unknownTypeDelayMs: 200 },
    );
    const id = await add({ type: 'new', maxAttempts: 1 });
    await until(id, 'delayed');
    await finishes(events, 'postponed');
    expect(events).toContainEqual(expect.objectContaining({ outcome: 'postponed', reason: 'unknown_type' }));
    await consumer.drain(1_000);
    await consume({ new: { input: anything, run: (job) => job.attempt } });
    expect(await until(id, 'succeeded')).toMatchObject({ result: 1, attempts: 1 });
  });

  test('dead-letters a job whose type nobody knew for too long, after several looks', async () => {
    const { events } = await consume(
      { known: { input: anything, run: () => 1 } },
      { unknownTypeDelayMs: 50, unknownTypeMaxMs: 2_000 },
    );
    const id = await add({ type: 'nobody.knows' });
    const job = await until(id, 'dead');
    expect(job.lastError).toMatch(/^No replica knew the job type "nobody\.knows" for 2 s \(since 20/);
    const outcomes = await finishes(events, 'dead');
    expect(outcomes.slice(0, -1).every((outcome) => outcome === 'postponed')).toBe(true);
    expect(outcomes.length).toBeGreaterThanOrEqual(4);
  });

  test('a drain lets jobs finish, and another replica goes on with the rest', async () => {
    const gate = Promise.withResolvers<void>();
    const handlers: HandlerMap = { work: { input: anything, run: () => gate.promise } };
    const { consumer } = await consume(handlers, { concurrency: 2 });
    const ids = await Promise.all(Array.from({ length: 5 }, () => add({ type: 'work' })));
    await waitFor(() => consumer.state().running === 2, { what: 'two jobs run' });
    const draining = consumer.drain(10_000);
    gate.resolve();
    expect(await draining).toMatchObject({ finished: 2, abandoned: 0 });
    expect((await scheduler.counts([workspace]))[0]).toMatchObject({ completed: 2, waiting: 3, active: 0 });
    await consume(handlers);
    for (const id of ids) await until(id, 'succeeded');
  });

  test('a drain at its deadline puts jobs back, and they run again as the same attempt', async () => {
    const endless: HandlerMap = { work: { input: anything, run: () => new Promise(() => undefined) } };
    const { consumer } = await consume(endless);
    const id = await add({ type: 'work', maxAttempts: 1 });
    await waitFor(() => consumer.state().running === 1, { what: 'the job runs' });
    expect(await consumer.drain(4_000)).toMatchObject({ finished: 0, abandoned: 1, putBack: 1 });
    await consume({ work: { input: anything, run: (job) => job.attempt } });
    expect(await until(id, 'succeeded')).toMatchObject({ result: 1, attempts: 1 });
  });

  test('recovers by itself when Redis was away, and completes what ran meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    const { consumer } = await consume({
      held: { input: anything, run: () => gate.promise },
      quick: { input: anything, run: () => 'ok' },
    });
    const before = await add({ type: 'held' });
    await waitFor(() => consumer.state().running === 1, { what: 'the job runs' });
    await redis.kill('SIGKILL');
    await expect(consumer.ping(500)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    gate.resolve();
    await redis.restart();
    await until(before, 'succeeded', 20_000);
    await waitFor(() => consumer.ping(500).then(() => true), { what: 'Redis answers' });
    const after = await add({ type: 'quick' });
    await until(after, 'succeeded', 20_000);
  });
});
