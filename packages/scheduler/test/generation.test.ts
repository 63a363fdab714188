import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

test('without a generation, claims are refused, even with work', async () => {
  await rig.raw.del('{fl0}:~gen');
  expect(await rig.scheduler.hasGeneration()).toBe(false);
  await rig.producer.add(jobs('acme', 1));
  const claimer = rig.claimer();
  expect(await claimer.claim(10)).toEqual({ outcome: 'no_generation' });
  await rig.scheduler.writeGeneration();
  expect(await claimIds(claimer, 10)).toEqual(['acme-1']);
});

test('a flushed Redis refuses claims until the settings are back', async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 10);
  expect(held).toHaveLength(1);

  await rig.raw.flushall();
  expect(await claimer.claim(10)).toEqual({ outcome: 'no_generation' });
  expect(await claimer.complete(held[0]!, null)).toEqual({ outcome: 'gone' });

  await rig.producer.add(jobs('acme', 3));
  expect(await claimer.claim(10)).toEqual({ outcome: 'no_generation' });
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.scheduler.writeGeneration();
  expect(await claimIds(claimer, 10)).toEqual(['acme-1']);
});

test('a generation that is there is kept', async () => {
  const before = await rig.raw.get('{fl0}:~gen');
  await rig.scheduler.writeGeneration();
  expect(await rig.raw.get('{fl0}:~gen')).toBe(before);
});

test('with several shards, each must have its generation', async () => {
  const scheduler = rig.anotherScheduler({ shards: 3 });
  expect(await scheduler.hasGeneration()).toBe(false);
  await scheduler.writeGeneration();
  expect(await scheduler.hasGeneration()).toBe(true);
  await rig.raw.del('{fl2}:~gen');
  expect(await scheduler.hasGeneration()).toBe(false);
});

test('a settings key that is no hash is replaced, and holds up nobody', async () => {
  await rig.raw.set('{fl0}:~cfg:broken', 'text');
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await rig.scheduler.configure([
    { workspace: 'broken', config },
    { workspace: 'whole', config },
  ]);
  expect(await rig.raw.hgetall('{fl0}:~cfg:broken')).toEqual({ concurrency: '1' });
  expect(await rig.raw.hgetall('{fl0}:~cfg:whole')).toEqual({ concurrency: '1' });
});

test('a beat that follows what is not there any more is refused, so that it covers up no loss', async () => {
  const [seen] = await rig.scheduler.shardStates();
  if (!seen) throw new Error('no shard');
  expect(await rig.scheduler.beat([seen], 100)).toMatchObject([{ shard: 0, beat: 100 }]);
  expect(await rig.scheduler.beat([seen], 200)).toEqual([]);
  expect(await rig.scheduler.shardStates()).toMatchObject([{ beat: 100, server: seen.server }]);
  await rig.raw.del('{fl0}:~gen');
  expect(await rig.scheduler.beat([{ ...seen, beat: 100 }], 300)).toEqual([]);
});
