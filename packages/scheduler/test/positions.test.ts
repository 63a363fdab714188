import { expect, test } from '@jest/globals';
import type { AddedJob } from '../src/index.ts';
import { claim } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

function positionsOf(added: readonly AddedJob[]): unknown[] {
  return added.map((job) => (job.outcome === 'added' ? job.position : job.outcome));
}

async function positionNow(id: string): Promise<number | undefined> {
  return (await rig.scheduler.job('acme', id))?.position;
}

test('the jobs of a call are told their places behind what was there', async () => {
  expect(positionsOf(await rig.producer.add(jobs('acme', 3)))).toEqual([1, 2, 3]);
  const more = ['x', 'y'].map((id) => ({ ...jobs('acme', 1)[0]!, id }));
  expect(positionsOf(await rig.producer.add(more))).toEqual([4, 5]);
});

test('each workspace counts for itself', async () => {
  const added = await rig.producer.add([...jobs('acme', 2), ...jobs('beta', 1), ...jobs('acme', 3).slice(2)]);
  expect(positionsOf(added)).toEqual([1, 2, 1, 3]);
});

test('a delayed job has no place yet', async () => {
  const [delayed] = await rig.producer.add(jobs('acme', 1, { delayMs: 60_000 }));
  expect(delayed).toMatchObject({ outcome: 'added', state: 'delayed', position: 0 });
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({ state: 'delayed' });
  expect(await positionNow('acme-1')).toBeUndefined();
});

test('a waiting job moves up as those before it start', async () => {
  await rig.producer.add(jobs('acme', 4));
  expect(await positionNow('acme-4')).toBe(4);
  await claim(rig.claimer(), 2);
  expect(await positionNow('acme-4')).toBe(2);
  expect(await positionNow('acme-1')).toBeUndefined();
});

test('a lifo job is first', async () => {
  await rig.producer.add(jobs('acme', 2));
  await rig.producer.add([{ ...jobs('acme', 1, { lifo: true })[0]!, id: 'urgent' }]);
  expect(await positionNow('urgent')).toBe(1);
  expect(await positionNow('acme-1')).toBe(2);
});
