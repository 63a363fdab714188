/** What replicas report, and that they obey their share: over a Redis of their own. */
import { addCounts, NO_COUNTS, samplesIn, type WorkspaceCounts } from '@fairlead/core';
import {
  createProducer,
  createScheduler,
  type Producer,
  type Report,
  type Scheduler,
} from '@fairlead/scheduler';
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Consumer, type ConsumerOptions, createConsumer, type HandlerMap } from '../src/index.ts';

let redis: TestRedis;
let scheduler: Scheduler;
let producer: Producer;
const consumers: Consumer[] = [];
const anything = z.unknown();

beforeAll(async () => {
  redis = await privateRedis();
  scheduler = createScheduler({ redis });
  producer = createProducer(scheduler);
  await scheduler.ping(30_000);
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
  await scheduler.writeGeneration();
});
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.drain(500)));
});
afterAll(async () => {
  await scheduler.close();
  await redis.stop();
});

async function consume(handlers: HandlerMap, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
  const consumer = createConsumer({ handlers, redis, ...options });
  consumers.push(consumer);
  await consumer.start();
  return consumer;
}

async function add(workspace: string, type: string, count: number, maxAttempts = 1): Promise<void> {
  const backoff = { type: 'fixed', delayMs: 20 } as const;
  await producer.add(
    Array.from({ length: count }, (_, n) => ({
      ...{ workspace, id: `${type}-${n}`, type, payload: {}, maxAttempts, backoff },
    })),
  );
}

/** Everything that was reported, and its sum by workspace. */
async function reported() {
  const { reports, lost } = await scheduler.readReports(undefined, 10_000);
  const counts = new Map<string, WorkspaceCounts>();
  for (const { report } of reports) {
    for (const [workspace, each] of report.counts) {
      counts.set(workspace, addCounts(counts.get(workspace) ?? NO_COUNTS, each));
    }
  }
  return { reports: reports.map(({ report }) => report), counts, lost };
}

const of = (counts: ReadonlyMap<string, WorkspaceCounts>, workspace: string) =>
  counts.get(workspace) ?? NO_COUNTS;

function untilFinished(finished: Readonly<Record<string, number>>) {
  return waitFor(
    async () => {
      const read = await reported();
      const all = Object.entries(finished).every(([ws, count]) => of(read.counts, ws).finished >= count);
      return all ? read : undefined;
    },
    { what: `finishes are reported: ${JSON.stringify(finished)}`, deadlineMs: 20_000 },
  );
}

const fails = () => {
  throw new Error('no');
};

test('what two replicas did arrives whole, by workspace, and adds up', async () => {
  const handlers: HandlerMap = {
    good: { input: anything, run: () => 'done' },
    dies: { input: anything, run: fails },
    flaky: { input: anything, run: (job) => (job.attempt === 1 ? fails() : 'at last') },
  };
  await add('acme', 'good', 120);
  await add('acme', 'dies', 10);
  await add('beta', 'flaky', 15, 3);
  await Promise.all([consume(handlers), consume(handlers)]);

  const { counts, reports, lost } = await untilFinished({ acme: 130, beta: 15 });
  expect(lost).toBe(false);
  expect(of(counts, 'acme')).toMatchObject({ started: 130, finished: 130, dead: 10, failed: 10, stalled: 0 });
  expect(samplesIn(of(counts, 'acme').wait)).toBe(130);
  expect(samplesIn(of(counts, 'acme').run)).toBe(130);
  expect(of(counts, 'beta')).toMatchObject({ started: 30, finished: 15, dead: 0, failed: 15 });
  // A retry has waited for its backoff, not for a slot.
  expect(samplesIn(of(counts, 'beta').wait)).toBe(15);
  expect(samplesIn(of(counts, 'beta').run)).toBe(30);
  const claims = reports.reduce((sum, { vitals }) => sum + samplesIn(vitals?.claims ?? []), 0);
  expect(claims).toBeGreaterThanOrEqual(2);
  expect(new Set(reports.map(({ reporter }) => reporter)).size).toBe(2);
});

test('a Redis that stands still for some seconds loses no count and doubles none', async () => {
  const gate = Promise.withResolvers<void>();
  const consumer = await consume(
    {
      quick: { input: anything, run: () => 1 },
      held: { input: anything, run: () => gate.promise },
    },
    // Locks that are not lost meanwhile.
    { lockMs: 60_000 },
  );
  await add('acme', 'held', 20);
  await waitFor(() => consumer.state().running === 20, { what: 'all run' });
  await redis.kill('SIGSTOP');
  gate.resolve();
  // Longer than a report waits for its answer: it is sent again, and Redis finds both when it goes on.
  const failed = Date.now() + 5_000;
  await waitFor(() => Date.now() > failed, { what: 'a report has had no answer' });
  await redis.kill('SIGCONT');
  await add('acme', 'quick', 30);
  const { counts, lost } = await untilFinished({ acme: 50 });
  expect(of(counts, 'acme')).toMatchObject({ started: 50, finished: 50, dead: 0 });
  expect(lost).toBe(false);
});

test('replicas obey their shares of a capacity that changes while they run', async () => {
  let running = 0;
  let most = 0;
  let over = 0;
  const work = {
    input: anything,
    async run() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 40));
      running--;
      over++;
    },
  };
  const limits = () => consumers.map((consumer) => consumer.state().limit).toSorted();
  const obeyed = (expected: readonly number[]) =>
    waitFor(() => limits().join() === expected.join(), { what: `shares of ${expected}`, deadlineMs: 15_000 });
  /** The most that ran at once while the next hundred jobs did, and until as many did as may. */
  async function mostFromNowOn(): Promise<number> {
    await waitFor(() => running <= limits().reduce((sum, limit) => sum + limit, 0), {
      what: 'the rest ends',
    });
    const until = over + 100;
    most = 0;
    const all = limits().reduce((sum, limit) => sum + limit, 0);
    await waitFor(() => over >= until && most >= all, { what: 'a hundred jobs', deadlineMs: 20_000 });
    return most;
  }

  await add('acme', 'work', 8_000);
  await scheduler.publishCapacity({ capacity: 24, epoch: 1 });
  const first = await consume({ work }, { concurrency: 64 });
  await waitFor(() => over > 100 && most >= 24, { what: 'it runs' });
  // It did not begin without its share.
  expect(most).toBe(24);
  await consume({ work }, { concurrency: 64 });
  await obeyed([12, 12]);
  expect(await mostFromNowOn()).toBe(24);

  await scheduler.publishCapacity({ capacity: 5, epoch: 1 });
  await obeyed([2, 3]);
  expect(await mostFromNowOn()).toBeLessThanOrEqual(5);
  await scheduler.publishCapacity({ capacity: 0, epoch: 1 });
  await obeyed([0, 0]);
  await waitFor(() => running === 0, { what: 'nothing runs' });
  expect(first.state().healthy).toBe(true);
  await scheduler.publishCapacity({ capacity: 40, epoch: 1 });
  await obeyed([20, 20]);
  expect(await mostFromNowOn()).toBeLessThanOrEqual(40);

  // One leaves: it is no replica any more when its drain is over, and the other has all.
  await first.drain(5_000);
  consumers.shift();
  expect((await scheduler.replicas()).length).toBe(1);
  await obeyed([40]);
});

test('a drain is told at once, and what ends in it is counted', async () => {
  const gate = Promise.withResolvers<void>();
  const consumer = await consume({ held: { input: anything, run: () => gate.promise } });
  await add('acme', 'held', 3);
  await waitFor(() => consumer.state().running === 3, { what: 'they run' });
  const draining = consumer.drain(10_000);
  const listed = await waitFor(
    async () => {
      const [replica] = await scheduler.replicas();
      return replica?.draining ? replica : undefined;
    },
    { what: 'it is draining' },
  );
  expect(listed).toMatchObject({ draining: true, running: 3, slots: 64 });
  gate.resolve();
  await draining;
  expect(await scheduler.replicas()).toEqual([]);
  const { counts, reports } = await reported();
  expect(of(counts, 'acme')).toMatchObject({ started: 3, finished: 3 });
  expect((reports.at(-1) as Report).draining).toBe(true);
});
