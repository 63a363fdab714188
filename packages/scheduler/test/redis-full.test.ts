import { privateRedis, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type AddedJob,
  createClaimer,
  createProducer,
  createScheduler,
  type Scheduler,
} from '../src/index.ts';

let server: TestRedis;
let scheduler: Scheduler;

beforeAll(async () => {
  server = await privateRedis({ config: ['--maxmemory', '8mb'] });
  scheduler = createScheduler({ redis: { url: server.url } });
  await scheduler.writeGeneration();
});

afterAll(async () => {
  await scheduler.close();
  await server.stop();
});

test('a Redis at its memory limit refuses new jobs and still drains the accepted ones', async () => {
  const producer = createProducer(scheduler);
  const payload = { text: 'x'.repeat(10_000) };
  let accepted = 0;
  let refused: Extract<AddedJob, { outcome: 'failed' }> | undefined;
  for (let batch = 0; refused === undefined && batch < 200; batch++) {
    const jobs = Array.from({ length: 50 }, (_, i) => ({
      workspace: 'acme',
      id: `j${batch}-${i}`,
      type: 't',
      payload,
    }));
    for (const added of await producer.add(jobs)) {
      if (added.outcome === 'added') accepted++;
      else refused = added;
    }
  }
  expect(refused).toMatchObject({ refusedBy: 'redis', error: { code: 'REDIS_REFUSED' } });
  const memory = await scheduler.memory();
  // What the refused call itself took is free again.
  expect(memory.usedBytes).toBeGreaterThan(memory.maxBytes * 0.9);

  const claimer = createClaimer(scheduler, { replicaId: 'r1', keepCompleted: { count: 0, ageSeconds: 0 } });
  await claimer.start();
  let drained = 0;
  for (;;) {
    const answer = await claimer.claim(64);
    if (answer.outcome !== 'claimed' || answer.jobs.length === 0) break;
    await Promise.all(answer.jobs.map((job) => claimer.complete(job, null)));
    drained += answer.jobs.length;
  }
  await claimer.stop();
  expect(drained).toBe(accepted);
  expect((await scheduler.memory()).usedBytes).toBeLessThan(memory.maxBytes * 0.7);
});
