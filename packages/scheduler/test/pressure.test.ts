import type { Pressure } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { useRig } from './support/rig.ts';

const rig = useRig();

const SOFT: Pressure = { level: 'soft', reason: 'queue_age_over_target', retryAfterMs: 15_000 };
const HARD: Pressure = {
  level: 'hard',
  reason: 'backlog_limit',
  waitingReason: 'quota_exhausted',
  retryAfterMs: 45_000,
};
const levels = (workspaces: Record<string, Pressure>, cluster: Pressure | null = null) => ({
  epoch: 1,
  tickMs: 15_000,
  cluster,
  workspaces: new Map(Object.entries(workspaces)),
});

test('nobody is pressed before anything was published, and after Redis was flushed', async () => {
  expect(await rig.scheduler.readPressure()).toEqual({ outcome: 'none' });
  await rig.scheduler.publishPressure(levels({ acme: HARD }));
  await rig.raw.flushall();
  expect(await rig.scheduler.readPressure()).toEqual({ outcome: 'none' });
});

test('what was published is read, and then only that it has not changed', async () => {
  const published = levels({ acme: HARD, beta: SOFT, gamma: HARD }, SOFT);
  expect(await rig.scheduler.publishPressure(published)).toBe('published');
  const first = await rig.scheduler.readPressure();
  expect(first).toMatchObject({
    outcome: 'changed',
    cluster: SOFT,
    workspaces: published.workspaces,
    ageMs: expect.any(Number),
  });
  if (first.outcome !== 'changed') throw new Error('it was read');
  expect(first.expiresInMs).toBeGreaterThan(40_000);
  // The same levels, found in another order by the next tick.
  await rig.scheduler.publishPressure(levels({ gamma: HARD, beta: SOFT, acme: HARD }, SOFT));
  const again = await rig.scheduler.readPressure(first.version);
  expect(Object.keys(again).sort()).toEqual(['ageMs', 'expiresInMs', 'outcome']);
  expect(again.outcome).toBe('unchanged');
  await rig.scheduler.publishPressure(levels({ acme: HARD }));
  expect(await rig.scheduler.readPressure(first.version)).toMatchObject({
    outcome: 'changed',
    cluster: null,
    workspaces: new Map([['acme', HARD]]),
  });
});

test('a controller that is gone for three ticks presses nobody, and its predecessor can not even then', async () => {
  await rig.scheduler.publishPressure({ ...levels({ acme: HARD }), epoch: 7, tickMs: 20 });
  await waitFor(async () => (await rig.scheduler.readPressure()).outcome === 'none', {
    what: 'the levels have expired',
    deadlineMs: 5_000,
  });
  expect(await rig.scheduler.publishPressure({ ...levels({ acme: HARD }), epoch: 6 })).toBe('old_epoch');
  expect(await rig.scheduler.readPressure()).toEqual({ outcome: 'none' });
  expect(await rig.scheduler.publishPressure({ ...levels({}), epoch: 8 })).toBe('published');
});
