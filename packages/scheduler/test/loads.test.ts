import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import type { WorkspaceLiveLoad } from '../src/index.ts';
import { claim } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

async function loads(): Promise<Map<string, WorkspaceLiveLoad>> {
  const found = new Map<string, WorkspaceLiveLoad>();
  for await (const chunk of rig.scheduler.loads()) {
    expect(chunk.length).toBeLessThanOrEqual(128);
    for (const load of chunk) {
      expect(found.has(load.workspace)).toBe(false);
      found.set(load.workspace, load);
    }
  }
  return found;
}

test('workspaces with work are told once each, idle ones not at all', async () => {
  const names = Array.from({ length: 600 }, (_, i) => `w-${i}`);
  await rig.scheduler.configure([{ workspace: 'idle', config: DEFAULT_WORKSPACE_CONFIG }]);
  await rig.producer.add(names.flatMap((name) => jobs(name, 2)));
  await claim(rig.claimer(), 64);
  const found = await loads();
  expect([...found.keys()].sort()).toEqual([...names].sort());
  const all = [...found.values()];
  expect(all.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(64);
  expect(all.reduce((sum, { backlog }) => sum + backlog, 0)).toBe(1_136);
});

test('what a workspace may start, and what its work waits for', async () => {
  const set = (workspace: string, config: Partial<typeof DEFAULT_WORKSPACE_CONFIG>) => ({
    workspace,
    config: { ...DEFAULT_WORKSPACE_CONFIG, ...config },
  });
  await rig.scheduler.configure([
    set('slots', { concurrency: 1 }),
    set('tokens', { ratePerSecond: 0.001, burst: 1 }),
    set('free', { concurrency: 0 }),
    set('paused', { paused: true }),
  ]);
  const createdAtMs = Date.now();
  const names = ['slots', 'tokens', 'free', 'paused', 'turn'];
  await rig.producer.add(names.flatMap((name) => jobs(name, 3, { createdAtMs })));
  await rig.producer.add(jobs('late', 1, { delayMs: 60_000 }));
  const claimer = rig.claimer();
  await claim(claimer, 1);
  await claim(claimer, 64);
  await rig.producer.add(jobs('turn', 1, { id: 'one-more', createdAtMs: Date.now() + 60_000 }));
  await rig.producer.add([
    { workspace: 'slow', id: 'old', type: 'work', createdAtMs: createdAtMs - 20_000 },
    { workspace: 'slow', id: 'due', type: 'work', delayMs: 5_000, createdAtMs: createdAtMs - 30_000 },
  ]);
  const found = await loads();
  const none = { backlog: 0, unusedConcurrency: 64, availableTokens: null, paused: false, waitingFor: null };
  expect(found.get('free')).toMatchObject({ backlog: 0, inFlight: 3, unusedConcurrency: null });
  expect(found.get('slots')).toMatchObject({
    backlog: 2,
    inFlight: 1,
    unusedConcurrency: 0,
    waitingFor: 'slots',
  });
  expect(found.get('tokens')).toMatchObject({ backlog: 2, availableTokens: 0, waitingFor: 'tokens' });
  expect(found.get('paused')).toMatchObject({ backlog: 3, inFlight: 0, paused: true, waitingFor: 'pause' });
  expect(found.get('turn')).toMatchObject({
    ...none,
    backlog: 1,
    inFlight: 3,
    unusedConcurrency: 61,
    oldestRunnableMs: 0,
  });
  expect(found.get('late')).toMatchObject({ ...none, inFlight: 0, oldestRunnableMs: 0 });
  // Due and not promoted is backlog too.
  expect(found.get('slow')).toMatchObject({ backlog: 2, waitingFor: 'capacity' });
  expect(Math.round((found.get('slow')?.oldestRunnableMs ?? 0) / 1_000)).toBeGreaterThanOrEqual(20);
});

test('a corrupt queue keeps nobody else from being told', async () => {
  await rig.producer.add([...jobs('acme', 1), ...jobs('broken', 1)]);
  await rig.raw.del(queueKey('broken', 'wait'));
  await rig.raw.set(queueKey('broken', 'wait'), 'x');
  expect([...(await loads()).keys()]).toEqual(['acme']);
});

test('loads of several shards are one sequence', async () => {
  const scheduler = rig.anotherScheduler({ shards: 3 });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  await scheduler.configure(names.map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })));
  for (const name of names) await scheduler.queueFor(name).add('work', {});
  // A stock producer tells nobody: as the sweep would find them.
  await scheduler.configure(names.map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })));
  const found: string[] = [];
  for await (const chunk of scheduler.loads()) found.push(...chunk.map(({ workspace }) => workspace));
  expect(found.sort()).toEqual(names);
});
