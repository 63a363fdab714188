import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claimUntil } from './support/claiming.ts';
import { queueKey, useRig } from './support/rig.ts';

const rig = useRig();

test('a job scheduler goes on planning when our claimer takes its jobs', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const queue = rig.stockQueue('acme');
  await queue.upsertJobScheduler('tick', { every: 200 }, { name: 'tick', data: { n: 1 } });
  // No loops: the first job is found by the configuration, the following ones because the claim planned them.
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const claimer = rig.claimer();
  const times: number[] = [];
  for (let round = 0; round < 4; round++) {
    const [job] = await claimUntil(claimer, 1, { what: `tick ${round} is claimed`, deadlineMs: 5_000 });
    expect(job).toMatchObject({ type: 'tick', payload: { n: 1 } });
    times.push(Number(job!.id.split(':').at(-1)));
    await claimer.complete(job!, null);
  }
  for (let round = 1; round < times.length; round++) {
    expect(times[round]! - times[round - 1]!).toBeGreaterThanOrEqual(200);
  }
  expect(await rig.raw.zcard(queueKey('acme', 'delayed'))).toBe(1);
});

test('a removed job scheduler stops after the job that is under way', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const queue = rig.stockQueue('acme');
  await queue.upsertJobScheduler('tick', { every: 200 }, { name: 'tick' });
  const claimer = rig.claimer();
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const [job] = await claimUntil(claimer, 1, { what: 'a tick is claimed' });
  await queue.removeJobScheduler('tick');
  await claimer.complete(job!, null);
  expect(await rig.raw.zcard(queueKey('acme', 'delayed'))).toBe(0);
});
