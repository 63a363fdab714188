import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

const setQuota = (workspace: string, quota: number, epoch = 1) =>
  rig.scheduler.setQuotas([{ workspace, quota }], epoch);

test('a workspace without settings has the slots of the base, and those of its quota from the next claim on', async () => {
  await rig.producer.add(jobs('acme', 120));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 64);
  expect(held).toHaveLength(64);
  expect((await claim(claimer, 64)).parked).toEqual({ slots: 1 });
  expect(await setQuota('acme', 100)).toBe('published');
  // It was parked for slots: the promotion has put it back.
  expect(await claimIds(claimer, 64)).toHaveLength(36);
  // Demoted, it keeps what runs, and starts nothing until that is below 64.
  await setQuota('acme', 64);
  await Promise.all(held.slice(0, 36).map((job) => claimer.complete(job, null)));
  expect(await claimIds(claimer, 64)).toEqual([]);
  await claimer.complete(held[36]!, null);
  expect(await claimIds(claimer, 64)).toHaveLength(1);
});

test('the base is not stored', async () => {
  await setQuota('acme', 100);
  expect(await rig.raw.hgetall('{fl0}:~cfg:acme')).toEqual({ quota: '100' });
  await setQuota('acme', 64);
  expect(await rig.raw.exists('{fl0}:~cfg:acme')).toBe(0);
});

test('tokens that follow the quota are those of the new one, also for a workspace that waits for one', async () => {
  const config = {
    ...DEFAULT_WORKSPACE_CONFIG,
    concurrency: 0,
    ratePerSecond: 'quota',
    burst: 'quota',
  } as const;
  await setQuota('acme', 2);
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 200));
  const claimer = rig.claimer();
  const answer = await claim(claimer, 64);
  expect(answer.jobs).toHaveLength(2);
  expect(answer.parked).toEqual({ tokens: 1 });
  const [before] = await rig.scheduler.counts(['acme']);
  expect(before).toMatchObject({ quota: 2, limits: { concurrency: 0, ratePerSecond: 2, burst: 2 } });
  await setQuota('acme', 100_000);
  // A refill of milliseconds is enough at this rate.
  expect((await claimIds(claimer, 64)).length).toBeGreaterThan(0);
});

test('a number of its own is not touched by the ladder', async () => {
  await rig.scheduler.configure([
    { workspace: 'acme', config: { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 2 } },
  ]);
  await setQuota('acme', 100);
  await rig.producer.add(jobs('acme', 5));
  expect(await claimIds(rig.claimer(), 10)).toHaveLength(2);
});

test('who led before changes nothing any more', async () => {
  expect(await setQuota('acme', 100, 7)).toBe('published');
  expect(await setQuota('acme', 64, 6)).toBe('old_epoch');
  expect((await rig.scheduler.counts(['acme']))[0]?.quota).toBe(100);
  expect(await setQuota('acme', 64, 7)).toBe('published');
});

test('a settings key that is no hash keeps no other workspace from its quota', async () => {
  await rig.raw.set('{fl0}:~cfg:broken', 'x');
  const quotas = ['broken', 'acme'].map((workspace) => ({ workspace, quota: 100 }));
  expect(await rig.scheduler.setQuotas(quotas, 1)).toBe('published');
  expect((await rig.scheduler.counts(['acme']))[0]?.quota).toBe(100);
});

test('the generation names the shards together, and another one is a Redis that was emptied', async () => {
  const before = await rig.scheduler.generation();
  expect(before).toEqual(expect.any(String));
  await rig.raw.flushall();
  expect(await rig.scheduler.generation()).toBeUndefined();
  await rig.scheduler.writeGeneration();
  expect(await rig.scheduler.generation()).not.toBe(before);
});
