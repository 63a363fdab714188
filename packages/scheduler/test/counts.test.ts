import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

test('counts are answered in the order asked, unknown workspaces as idle ones', async () => {
  await rig.producer.add([...jobs('acme', 2), ...jobs('beta', 1, { delayMs: 60_000 })]);
  await claim(rig.claimer(), 1);
  expect(await rig.scheduler.counts(['beta', 'nobody', 'acme'])).toEqual([
    { workspace: 'beta', waiting: 0, active: 0, delayed: 1, completed: 0, dead: 0, state: 'ready' },
    { workspace: 'nobody', waiting: 0, active: 0, delayed: 0, completed: 0, dead: 0, state: 'idle' },
    { workspace: 'acme', waiting: 1, active: 1, delayed: 0, completed: 0, dead: 0, state: 'ready' },
  ]);
});

test('a workspace is where its work is: ready, parked, running, idle', async () => {
  const state = async () => {
    const [counts] = await rig.scheduler.counts(['acme']);
    return [counts?.state, counts?.parkedReason];
  };
  expect(await state()).toEqual(['idle', undefined]);
  await rig.producer.add(jobs('acme', 1, { delayMs: 60_000 }));
  expect(await state()).toEqual(['ready', undefined]);
  const claimer = rig.claimer();
  await claim(claimer, 10);
  expect(await state()).toEqual(['parked', 'delayed']);
  await rig.raw.flushall();
  await rig.scheduler.writeGeneration();
  await rig.producer.add(jobs('acme', 1));
  const [job] = (await claim(claimer, 10)).jobs;
  expect(await state()).toEqual(['running', undefined]);
  await claimer.complete(job!, null);
  expect(await state()).toEqual(['idle', undefined]);
});

test('active workspaces come first, then others that are known', async () => {
  await rig.scheduler.configure(
    ['a-idle', 'b-idle', 'c-idle'].map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })),
  );
  await rig.producer.add(jobs('z-busy', 1));
  await claim(rig.claimer(), 1);
  await rig.producer.add(jobs('y-ready', 1));
  expect(await rig.scheduler.activeWorkspaces(3)).toEqual(['z-busy', 'y-ready', 'a-idle']);
  expect(await rig.scheduler.activeWorkspaces(10)).toHaveLength(5);
  // The claim left z-busy in the ring: it had what it wanted and did not look whether more is there.
  expect(await rig.scheduler.totals()).toEqual({ ready: 2, parked: 0, busy: 1, known: 5 });
});

test('a waiting job says why it may not start', async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 2));
  await claim(rig.claimer(), 10);
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({ state: 'active' });
  expect(await rig.scheduler.job('acme', 'acme-2')).toMatchObject({
    state: 'waiting',
    position: 1,
    waitingReason: 'slots',
  });
  expect(await rig.scheduler.job('acme', 'nobody')).toBeUndefined();
});
