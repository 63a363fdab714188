/**
 * Stock beside ours: the same jobs, drained once by a stock Worker and once by our claimer, each on its own
 * queue, must start in the same order and tell the same events.
 */
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { type JobsOptions, type Queue, Worker } from 'bullmq';
import type { ClaimedJob } from '../src/index.ts';
import { claim } from './support/claiming.ts';
import { queueKey, useRig } from './support/rig.ts';

const rig = useRig();

type ToAdd = readonly [name: string, options: JobsOptions];
/** How a job behaves: which of its attempts fail. */
type Fails = (name: string, attempt: number) => boolean;

interface Story {
  /** Names in the order of their starts, an entry an attempt. */
  readonly starts: string[];
  /** What the event stream tells, without times. */
  readonly events: string[];
}

async function eventsOf(workspace: string, names: Map<string, string>): Promise<string[]> {
  const entries = await rig.raw.xrange(queueKey(workspace, 'events'), '-', '+');
  return entries.map(([, flat]) => {
    const fields = Object.fromEntries(flat.flatMap((key, i) => (i % 2 === 0 ? [[key, flat[i + 1]]] : [])));
    const { event, jobId, prev, returnvalue, failedReason, attemptsMade } = fields as Record<string, string>;
    return [event, names.get(jobId ?? ''), prev, returnvalue, failedReason, attemptsMade]
      .filter((part) => part !== undefined)
      .join(' ');
  });
}

async function addAll(queue: Queue, toAdd: readonly ToAdd[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const [name, options] of toAdd) {
    const job = await queue.add(name, {}, options);
    names.set(job.id as string, name);
  }
  return names;
}

async function throughStock(toAdd: readonly ToAdd[], attempts: number, fails: Fails): Promise<Story> {
  const queue = rig.stockQueue('stock');
  const names = await addAll(queue, toAdd);
  const starts: string[] = [];
  let settled = 0;
  const worker = new Worker(
    'stock',
    async (job) => {
      starts.push(job.name);
      if (fails(job.name, job.attemptsMade + 1)) throw new Error(`${job.name} failed`);
      return `${job.name} done`;
    },
    { ...rig.stock, concurrency: 1 },
  );
  rig.cleanUp(() => worker.close());
  worker.on('completed', () => settled++);
  worker.on('failed', () => settled++);
  await waitFor(() => settled === attempts, { what: 'the stock worker is done' });
  await worker.close();
  return { starts, events: await eventsOf('stock', names) };
}

async function throughOurs(toAdd: readonly ToAdd[], attempts: number, fails: Fails): Promise<Story> {
  const queue = rig.stockQueue('ours');
  const names = await addAll(queue, toAdd);
  const starts: string[] = [];
  const claimer = rig.claimer();
  // Marks the queue ready: nobody sweeps here, so that nothing but this claimer touches it.
  await rig.scheduler.configure([
    {
      workspace: 'ours',
      config: { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 0 },
    },
  ]);

  async function run(job: ClaimedJob): Promise<void> {
    starts.push(job.type);
    if (fails(job.type, job.attempt)) await claimer.fail(job, new Error(`${job.type} failed`));
    else await claimer.complete(job, `${job.type} done`);
  }

  await waitFor(
    async () => {
      const answer = await claim(claimer, 1);
      for (const job of answer.jobs) await run(job);
      if (answer.jobs.length === 0) await claimer.waitForWork(1_000);
      return starts.length === attempts;
    },
    { what: 'our claimer is done', everyMs: 0 },
  );
  return { starts, events: await eventsOf('ours', names) };
}

/**
 * Runs the jobs through both. A stock Worker fetches its next job inside the finish of the last one, and
 * only it says `drained` there; so `drained` is left out, and the events of each job are compared in order.
 */
async function expectSame(toAdd: readonly ToAdd[], attempts: number, fails: Fails = () => false) {
  const [stock, ours] = [
    await throughStock(toAdd, attempts, fails),
    await throughOurs(toAdd, attempts, fails),
  ];
  expect(ours.starts).toEqual(stock.starts);
  const ofJobs = (story: Story) => {
    const events = story.events.filter((event) => event !== 'drained');
    return Map.groupBy(events, (event) => event.split(' ')[1]);
  };
  expect(ofJobs(ours)).toEqual(ofJobs(stock));
  return { starts: ours.starts, events: ours.events };
}

test('first in, first out; lifo jobs first; priorities last and in their order', async () => {
  const { starts } = await expectSame(
    [
      ['a', {}],
      ['low', { priority: 9 }],
      ['b', {}],
      ['high', { priority: 1 }],
      ['last', { lifo: true }],
      ['high too', { priority: 1 }],
    ],
    6,
  );
  expect(starts).toEqual(['last', 'a', 'b', 'high', 'high too', 'low']);
});

test('delayed jobs start when they are due, in the order of their due times', async () => {
  const { starts } = await expectSame(
    [
      ['later', { delay: 400 }],
      ['soon', { delay: 150 }],
      ['now', {}],
    ],
    3,
  );
  expect(starts).toEqual(['now', 'soon', 'later']);
});

test('a failing job is retried at once without a backoff', async () => {
  const { starts } = await expectSame([['flaky', { attempts: 3 }]], 3, (_, attempt) => attempt < 3);
  expect(starts).toEqual(['flaky', 'flaky', 'flaky']);
});

test('with a fixed and an exponential backoff, retries wait as long as the stock ones', async () => {
  const { starts, events } = await expectSame(
    [
      ['fixed', { attempts: 2, backoff: { type: 'fixed', delay: 150 } }],
      ['growing', { attempts: 3, backoff: { type: 'exponential', delay: 200 } }],
    ],
    5,
    (name, attempt) => attempt < (name === 'fixed' ? 2 : 3),
  );
  // Due at 150 ms; 200 ms; and 400 ms after that.
  expect(starts).toEqual(['fixed', 'growing', 'fixed', 'growing', 'growing']);
  expect(events.filter((event) => event.startsWith('delayed'))).toHaveLength(3);
});

test('a job whose attempts are used up is dead, with the events of the stock worker', async () => {
  const { events } = await expectSame([['hopeless', { attempts: 2 }]], 2, () => true);
  expect(events.filter((event) => event !== 'drained').slice(-2)).toEqual([
    'failed hopeless active hopeless failed',
    'retries-exhausted hopeless 2',
  ]);
  for (const workspace of ['stock', 'ours']) {
    expect(await rig.raw.zcard(queueKey(workspace, 'failed'))).toBe(1);
  }
});

test('jobs are kept and removed as they say themselves', async () => {
  await expectSame(
    [
      ['gone', { removeOnComplete: true }],
      ['kept', { removeOnComplete: false }],
      ['last two', { removeOnComplete: 2 }],
      ['last one', { removeOnComplete: { count: 1 } }],
    ],
    4,
  );
  const kept = (workspace: string) => rig.raw.zrange(queueKey(workspace, 'completed'), '0', '-1');
  expect(await kept('ours')).toEqual(await kept('stock'));
  expect(await kept('ours')).toEqual(['4']);
});
