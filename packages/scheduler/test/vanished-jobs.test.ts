import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

async function vanish(workspace: string, ...ids: string[]): Promise<void> {
  await rig.raw.del(ids.map((id) => queueKey(workspace, id)));
}

test('a job whose hash has vanished is removed, and leaves nothing behind', async () => {
  await rig.producer.add(jobs('acme', 3));
  await vanish('acme', 'acme-1', 'acme-2');
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toEqual(['acme-3']);
  const [counts] = await rig.scheduler.counts(['acme']);
  expect(counts).toMatchObject({ waiting: 0, active: 1 });
  for (const id of ['acme-1', 'acme-2']) {
    expect(await rig.raw.exists(queueKey('acme', id), queueKey('acme', `${id}:lock`))).toBe(0);
  }
});

test('a job whose hash vanishes while it runs is gone, and its neighbours are completed', async () => {
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer({ keepCompleted: { count: 0, ageSeconds: 0 } });
  const { jobs: held } = await claim(claimer, 3);
  await vanish('acme', 'acme-2');
  const outcomes = await Promise.all(held.map((job) => claimer.complete(job, null)));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['settled', 'gone', 'settled']);
});

test('vanished jobs cost their workspace no token', async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond: 1, burst: 2 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 5));
  await vanish('acme', 'acme-1', 'acme-2', 'acme-3');
  expect(await claimIds(rig.claimer(), 10)).toEqual(['acme-4', 'acme-5']);
});

test('vanished jobs cost their workspace no turn', async () => {
  await rig.producer.add([...jobs('acme', 24), ...jobs('beta', 24)]);
  await vanish('acme', ...Array.from({ length: 8 }, (_, n) => `acme-${n + 1}`));
  const { jobs: claimed } = await claim(rig.claimer({ quantum: 4 }), 16);
  const starts = Map.groupBy(claimed, (job) => job.workspace);
  expect(starts.get('acme')).toHaveLength(8);
  expect(starts.get('beta')).toHaveLength(8);
});

test('hundreds of vanished jobs at the head do not hide the job behind them', async () => {
  await rig.producer.add(jobs('acme', 600));
  await vanish('acme', ...Array.from({ length: 599 }, (_, n) => `acme-${n + 1}`));
  const claimer = rig.claimer();
  const found: string[] = [];
  for (let round = 0; round < 4 && found.length === 0; round++) found.push(...(await claimIds(claimer, 10)));
  expect(found).toEqual(['acme-600']);
});
