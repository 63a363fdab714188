import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { QueueEvents } from 'bullmq';
import { createProducer } from '../src/index.ts';
import { claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

async function listen(workspace: string): Promise<QueueEvents> {
  const events = new QueueEvents(workspace, { ...rig.stock, lastEventId: '0' });
  rig.cleanUp(() => events.close());
  await events.waitUntilReady();
  return events;
}

test('stock QueueEvents hears the whole life of our jobs', async () => {
  const events = await listen('acme');
  const heard: string[] = [];
  events.on('added', ({ jobId }) => heard.push(`added ${jobId}`));
  events.on('waiting', ({ jobId, prev }) => heard.push(`waiting ${jobId}${prev ? ` after ${prev}` : ''}`));
  events.on('active', ({ jobId }) => heard.push(`active ${jobId}`));
  events.on('progress', ({ jobId, data }) => heard.push(`progress ${jobId} ${JSON.stringify(data)}`));
  events.on('completed', ({ jobId, returnvalue }) => heard.push(`completed ${jobId} ${String(returnvalue)}`));
  events.on('failed', ({ jobId, failedReason }) => heard.push(`failed ${jobId} ${failedReason}`));
  events.on('retries-exhausted', ({ jobId }) => heard.push(`exhausted ${jobId}`));

  const claimer = rig.claimer();
  await rig.producer.add([...jobs('acme', 1), ...jobs('acme', 2, { maxAttempts: 1 }).slice(1)]);
  const [good, bad] = await claimUntil(claimer, 2, { what: 'both are claimed' });
  await claimer.progress(good!, { percent: 50 });
  await claimer.complete(good!, 'fine');
  await claimer.fail(bad!, new Error('broken'));

  await waitFor(() => heard.includes('exhausted acme-2'), { what: 'the last event is heard' });
  expect(heard).toEqual([
    'added acme-1',
    'waiting acme-1',
    'added acme-2',
    'waiting acme-2',
    'active acme-1',
    'active acme-2',
    'progress acme-1 {"percent":50}',
    'completed acme-1 fine',
    'failed acme-2 broken',
    'exhausted acme-2',
  ]);
});

test('waitUntilFinished of a stock job resolves with what our claimer completed it with', async () => {
  const events = await listen('acme');
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const claimer = rig.claimer();
  await claimer.start();
  const added = await rig.stockQueue('acme').add('sum', { numbers: [1, 2] });
  const result = added.waitUntilFinished(events, 30_000);
  const [job] = await claimUntil(claimer, 1, { what: 'the job is claimed' });
  await claimer.complete(job!, { sum: 3 });
  expect(await result).toEqual({ sum: 3 });
});

test('with a stream of no entries plain jobs write no events, and live as ever', async () => {
  const quiet = rig.anotherScheduler({ eventStreamLength: 0 });
  await quiet.ping(5_000);
  await quiet.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const claimer = rig.claimer({ keepCompleted: { count: 0, ageSeconds: 0 } });
  await createProducer(quiet).add(jobs('acme', 2));
  for (const job of await claimUntil(claimer, 2, { what: 'both are claimed' })) {
    expect(await claimer.complete(job, null)).toEqual({ outcome: 'settled' });
  }
  expect(await rig.raw.keys('*events*')).toEqual([]);
  expect(await rig.raw.keys('{fl0}:acme:acme-*')).toEqual([]);
});
