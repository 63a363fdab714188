import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createProducer, type OwnProducer, type ProducerOptions } from '../src/index.ts';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

/** In a Redis that nobody has written a generation to. */
async function open(options: Partial<ProducerOptions> = {}): Promise<OwnProducer> {
  await rig.raw.flushall();
  const producer = createProducer({ redis: { url: rig.server.url }, ...options });
  rig.cleanUp(() => producer.close());
  return producer;
}

test('one call makes a producer whose jobs can be claimed, under the settings that it was given', async () => {
  const producer = await open({ workspaces: { acme: { weight: 3, concurrency: 2 }, beta: {} } });
  expect(await producer.add(jobs('acme', 5))).toMatchObject([
    { outcome: 'added', position: 1 },
    {},
    {},
    {},
    {},
  ]);
  expect(await claimIds(rig.claimer(), 10)).toEqual(['acme-1', 'acme-2']);
  expect(await rig.scheduler.hasGeneration()).toBe(true);
  expect(await rig.raw.hget('{fl0}:~cfg:acme', 'weight')).toBe('3');
  expect(await rig.scheduler.totals()).toMatchObject({ known: 2 });
});

test('settings changed later hold for the backlog that is there', async () => {
  const producer = await open({ workspaces: { acme: { paused: true } } });
  await producer.add(jobs('acme', 1));
  expect(await claimIds(rig.claimer(), 10)).toEqual([]);
  await producer.configure({ acme: {} });
  expect(await claimIds(rig.claimer(), 10)).toEqual(['acme-1']);
});

test('what a stock queue adds is found, though nobody knew its workspace before', async () => {
  const producer = await open();
  const queue = await producer.queueFor('newcomer');
  await queue.add('mail', { to: 'ada' }, { jobId: 'first' });
  const claimer = rig.claimer();
  await claimer.start();
  expect(await claimUntil(claimer, 1, { what: 'the job of the stock queue' })).toMatchObject([
    { workspace: 'newcomer', id: 'first', type: 'mail' },
  ]);
});

test('a Redis that came back empty gets the settings again, before the next job', async () => {
  const producer = await open({ workspaces: { acme: { concurrency: 1 } } });
  await producer.ready();
  await rig.raw.flushall();
  await rig.raw.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await waitFor(() => producer.add(jobs('acme', 2)).then(() => rig.scheduler.hasGeneration()), {
    what: 'the generation is there again',
  });
  expect(await claimIds(rig.claimer(), 10)).toEqual(['acme-1']);
});

test('where dispatchers keep the settings, it writes none, and no generation', async () => {
  const producer = await open({ settings: 'dispatcher' });
  await producer.add(jobs('acme', 1));
  expect(await rig.scheduler.hasGeneration()).toBe(false);
  await expect(producer.configure({ acme: { weight: 2 } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(() => createProducer({ redis: { url: '' }, settings: 'dispatcher', workspaces: { a: {} } })).toThrow(
    'kept by dispatchers',
  );
});

test.each([
  [{ acme: { weight: 0 } }, 'weight'],
  [{ acme: { concurrency: 1.5 } }, 'concurrency'],
  [{ acme: { ratePerSecond: 5, burst: 0 } }, 'burst'],
  [{ acme: { colour: 'red' } as object }, 'no setting colour'],
  [{ 'Acme Ltd': {} }, 'its name'],
])('%j: settings that cannot be are refused at once', (workspaces, words) => {
  expect(() => createProducer({ redis: { url: rig.server.url }, workspaces })).toThrow(words);
});

test('a rate without a burst has one of a second’s worth', async () => {
  const producer = await open({ workspaces: { acme: { ratePerSecond: 2.5 } } });
  await producer.add(jobs('acme', 9));
  const { jobs: claimed } = await claim(rig.claimer(), 9);
  expect(claimed).toHaveLength(3);
});

test('without Redis it says so within the deadline', async () => {
  const producer = createProducer({ redis: { url: 'redis://127.0.0.1:1' } });
  rig.cleanUp(() => producer.close());
  await expect(producer.ready(200)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
});
