import { waitFor } from '@fairlead/testkit';
import { afterEach, expect, test } from '@jest/globals';
import { COMMAND_TIMEOUT_MS } from '../src/connection.ts';
import { createProducer } from '../src/index.ts';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();
/** What a caller may wait beyond the command's own deadline, for a busy machine; less than a second deadline. */
const ROOM_MS = 3_500;

/** Whatever a test did to the server, the next one finds it running. */
let broken: 'no' | 'killed' | 'frozen' = 'no';
async function kill(): Promise<void> {
  broken = 'killed';
  await rig.server.kill('SIGKILL');
}
async function freeze(): Promise<void> {
  broken = 'frozen';
  await rig.server.kill('SIGSTOP');
}
async function heal(): Promise<void> {
  if (broken === 'killed') await rig.server.restart();
  if (broken === 'frozen') await rig.server.kill('SIGCONT');
  broken = 'no';
}
afterEach(heal);

async function timed<T>(work: Promise<T>): Promise<{ result: PromiseSettledResult<T>; tookMs: number }> {
  const beginMs = performance.now();
  const [result] = await Promise.allSettled([work]);
  return { result, tookMs: performance.now() - beginMs };
}

test('a killed Redis is reported within the deadline, and adding works again when it is back', async () => {
  await rig.producer.add(jobs('acme', 1));
  await kill();
  const { result, tookMs } = await timed(rig.producer.add(jobs('acme', 2)));
  expect(result).toMatchObject({ status: 'rejected', reason: { code: 'REDIS_UNAVAILABLE' } });
  expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS + ROOM_MS);
  await expect(rig.scheduler.ping(500)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await expect(rig.scheduler.counts(['acme'])).rejects.toMatchObject({
    code: 'REDIS_UNAVAILABLE',
    message: expect.not.stringContaining('maxRetriesPerRequest'),
  });

  await heal();
  await waitFor(() => rig.scheduler.ping(500).then(() => true), { what: 'Redis is back for the scheduler' });
  expect(await rig.producer.add(jobs('acme', 2))).toMatchObject([{ outcome: 'added' }, { outcome: 'added' }]);
});

test('a frozen Redis is reported within the deadline too', async () => {
  await rig.producer.add(jobs('acme', 1));
  await freeze();
  const { result, tookMs } = await timed(rig.producer.add(jobs('acme', 2)));
  expect(result).toMatchObject({ status: 'rejected', reason: { code: 'REDIS_UNAVAILABLE' } });
  expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS + ROOM_MS);
  await heal();
  await waitFor(() => rig.scheduler.ping(500).then(() => true), { what: 'Redis is back for the scheduler' });
});

test('a scheduler that starts before its Redis recovers by itself', async () => {
  await kill();
  const scheduler = rig.anotherScheduler();
  const producer = createProducer(scheduler);
  await expect(scheduler.ping(300)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await heal();
  await waitFor(() => scheduler.ping(500).then(() => true), { what: 'the late Redis is found' });
  expect(await producer.add(jobs('acme', 1))).toMatchObject([{ outcome: 'added' }]);
});

test('a stock queue that was made while Redis was away works when it is back', async () => {
  await kill();
  const scheduler = rig.anotherScheduler();
  const queue = scheduler.queueFor('acme');
  await expect(queue.add('work', {})).rejects.toThrow();
  await heal();
  await waitFor(() => scheduler.ping(500).then(() => true), { what: 'Redis is back for the scheduler' });
  const { id } = await queue.add('work', { n: 1 });
  expect(await queue.getJobCounts('wait')).toEqual({ wait: 1 });
  expect(await queue.getJob(id ?? '')).toMatchObject({ data: { n: 1 } });
  await queue.close();
  // The connection is the scheduler's.
  await scheduler.ping(500);
});

test('a replica goes on after Redis was killed: what it held is completed, what waited is claimed', async () => {
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer();
  await claimer.start();
  const [held] = (await claim(claimer, 1)).jobs;
  // What was added must be on disk before the kill: this is not about durability.
  await rig.raw.bgrewriteaof();
  await waitFor(async () => /aof_rewrite_in_progress:0/.test(await rig.raw.info('persistence')), {
    what: 'the data is on disk',
  });
  await kill();
  const completed = claimer.complete(held!, 'in spite of it');
  const claimed = claimUntil(claimer, 2, { what: 'the rest is claimed' });
  await heal();
  expect(await completed).toEqual({ outcome: 'settled' });
  expect((await claimed).map((job) => job.id)).toEqual(['acme-2', 'acme-3']);
});

test('a frozen Redis delays a replica and loses nothing', async () => {
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const [held] = (await claim(claimer, 1)).jobs;
  await freeze();
  const completed = claimer.complete(held!, null);
  let settled = false;
  void completed.then(() => {
    settled = true;
  });
  await expect(rig.scheduler.ping(300)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  expect(settled).toBe(false);
  await heal();
  expect(await completed).toEqual({ outcome: 'settled' });
  expect(await claimIds(claimer, 10)).toEqual(['acme-2']);
});

test('closing does not wait for a Redis that does not answer', async () => {
  const scheduler = rig.anotherScheduler();
  await scheduler.ping(5_000);
  const claimer = rig.claimer();
  await claimer.start();
  await freeze();
  const { result, tookMs } = await timed(Promise.all([claimer.stop(), scheduler.close()]));
  expect(result.status).toBe('fulfilled');
  expect(tookMs).toBeLessThan(5_000);
});
