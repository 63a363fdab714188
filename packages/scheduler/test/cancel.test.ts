import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  type Claimer,
  createClaimer,
  createProducer,
  createScheduler,
  type Scheduler,
} from '../src/index.ts';

let server: TestRedis;
let scheduler: Scheduler;
let claimer: Claimer;

beforeAll(async () => {
  server = await privateRedis();
  scheduler = createScheduler({ redis: { url: server.url } });
  await scheduler.writeGeneration();
  // A renewal every two seconds: the lock outlives a machine that stands still for a while.
  claimer = createClaimer(scheduler, { replicaId: 'r1', lockMs: 6_000 });
  await claimer.start();
});

afterAll(async () => {
  await claimer.stop();
  await scheduler.close();
  await server.stop();
});

const add = (id: string, delayMs = 0) =>
  createProducer(scheduler).add([{ workspace: 'acme', id, type: 't', payload: {}, delayMs }]);

async function claimOne() {
  const answer = await claimer.claim(1);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  return answer.jobs[0];
}

afterEach(async () => {
  for (let job = await claimOne(); job; job = await claimOne()) await claimer.discard(job);
});

test('a waiting or delayed job is removed, and never claimed', async () => {
  await add('job-1');
  await add('job-2', 60_000);
  const names = ['job-1', 'job-2', 'job-3'].map((id) => ({ workspace: 'acme', id }));
  expect(await scheduler.cancel(names)).toEqual(['removed', 'removed', 'absent']);
  expect(await claimOne()).toBeUndefined();
  expect(await scheduler.job('acme', 'job-1')).toBeUndefined();
});

test("a running job's signal aborts with the next renewal of its lock, and its slot is held until it is settled", async () => {
  await add('job-4');
  const job = await claimOne();
  expect(await scheduler.cancel([{ workspace: 'acme', id: 'job-4' }])).toEqual(['running']);
  await waitFor(() => job?.signal.aborted === true, { what: 'the signal to abort' });
  expect(job?.cancelled).toBe(true);
  expect((await scheduler.counts(['acme']))[0]?.active).toBe(1);
  if (job) expect(await claimer.discard(job)).toEqual({ outcome: 'settled' });
  expect((await scheduler.counts(['acme']))[0]).toMatchObject({ active: 0, completed: 0 });
});
