import { DEFAULT_WORKSPACE_CONFIG, SERVED_WINDOW_MS, shareOf } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { UNKNOWN_SINCE_FIELD } from '../src/index.ts';
import { defineScripts } from '../src/scripts.ts';
import { reportServed } from '../src/verbs/served.ts';
import { claim } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();
/** Ages are counted in these: nothing that a machine takes its time for is as long. */
const MINUTES_10 = 600_000;

test('counts are answered in the order asked, unknown workspaces as idle ones', async () => {
  await rig.producer.add([...jobs('acme', 2), ...jobs('beta', 1, { delayMs: 60_000 })]);
  await claim(rig.claimer(), 1);
  const none = {
    waiting: 0,
    active: 0,
    delayed: 0,
    completed: 0,
    dead: 0,
    lag: 0,
    quota: 64,
    limits: { concurrency: 64, ratePerSecond: 0, burst: 0 },
    recent: expect.anything(),
  };
  expect(await rig.scheduler.counts(['beta', 'nobody', 'acme'])).toEqual([
    { ...none, workspace: 'beta', delayed: 1, state: 'ready' },
    { ...none, workspace: 'nobody', state: 'idle' },
    {
      ...none,
      workspace: 'acme',
      waiting: 1,
      active: 1,
      state: 'ready',
      lag: -1,
      waitingReason: 'no_consumer',
      oldestRunnableAgeMs: expect.any(Number),
    },
  ]);
});

/** What time it is in Redis, in whole milliseconds that are over. */
async function serverMs(): Promise<number> {
  const [seconds = '0', micros = '0'] = (await rig.raw.time()) as unknown as string[];
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** As if a replica that is alive were sweeping. */
const withConsumer = () => rig.raw.set('{fl0}:~sweeper', 'replica-0');

test('a page of workspaces is one call', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `w-${i}`);
  await rig.producer.add(names.flatMap((name) => jobs(name, 1)));
  const before = await calls();
  expect(await rig.scheduler.counts(names)).toHaveLength(200);
  expect((await calls()) - before).toBe(1);

  async function calls(): Promise<number> {
    const stats = await rig.raw.info('commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  }
});

test('the age of a workspace is that of the job that has been runnable for longest', async () => {
  const nowMs = Date.now();
  const age = async () => (await rig.scheduler.counts(['acme']))[0]?.oldestRunnableAgeMs ?? -1;
  expect(await age()).toBe(-1);
  await rig.producer.add(jobs('acme', 1, { delayMs: 60_000 }));
  expect(await age()).toBe(-1);
  await rig.producer.add([
    { workspace: 'acme', id: 'urgent', type: 'work', createdAtMs: nowMs - 2 * MINUTES_10 },
    { workspace: 'acme', id: 'later', type: 'work', createdAtMs: nowMs - MINUTES_10 },
  ]);
  expect(Math.round((await age()) / MINUTES_10)).toBe(2);
  await rig.producer.add([
    { workspace: 'acme', id: 'low', type: 'work', priority: 5, createdAtMs: nowMs - 5 * MINUTES_10 },
  ]);
  expect(Math.round((await age()) / MINUTES_10)).toBe(5);
  // A stock producer may have written nonsense.
  await rig.raw.hset(queueKey('acme', 'low'), 'timestamp', 'yesterday', 'opts', '{');
  expect(Math.round((await age()) / MINUTES_10)).toBe(2);
});

test('a job that waited for its delay is as old as its delay has been over', async () => {
  await rig.scheduler.configure([
    { workspace: 'acme', config: { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 } },
  ]);
  const createdAtMs = Date.now() - 6 * MINUTES_10;
  const delayMs = 5 * MINUTES_10;
  await rig.producer.add([{ workspace: 'acme', id: 'due', type: 'work', delayMs, createdAtMs }]);
  // Due and not promoted: nobody has looked.
  const age = async () => (await rig.scheduler.counts(['acme']))[0]?.oldestRunnableAgeMs ?? -1;
  expect(Math.round((await age()) / MINUTES_10)).toBe(1);
});

test('replicas report what they start, and shares follow from it', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: { ...DEFAULT_WORKSPACE_CONFIG, weight: 3 } }]);
  await rig.producer.add([...jobs('acme', 6), ...jobs('beta', 2), ...jobs('corp', 1, { delayMs: 60_000 })]);
  const claimer = rig.claimer();
  await claimer.start();
  expect((await claim(claimer, 8)).jobs).toHaveLength(8);
  await waitFor(async () => (await rig.scheduler.counts(['acme']))[0]?.recent.allStarts === 8, {
    what: 'the starts are reported',
  });
  const [acme, beta, corp] = await rig.scheduler.counts(['acme', 'beta', 'corp']);
  expect(shareOf(acme!.recent, 3)).toEqual({ share: 0.75, fairShare: 0.75 });
  expect(shareOf(beta!.recent, 1)).toEqual({ share: 0.25, fairShare: 0.25 });
  expect(corp!.recent).toMatchObject({ starts: 0, allStarts: 8 });
});

test('a waiting job says when it will probably start: its place over the pace of its workspace', async () => {
  await withConsumer();
  await rig.producer.add([...jobs('acme', 30), ...jobs('acme', 1, { id: 'last', priority: 9 })]);
  const claimer = rig.claimer();
  defineScripts(rig.raw);
  expect(await rig.scheduler.job('acme', 'acme-20')).not.toHaveProperty('estimatedStartAtMs');
  await claim(claimer, 10);
  // Not at the turn of a window, which a report does not reach back behind.
  await waitFor(
    async () => {
      const intoWindowMs = (await serverMs()) % SERVED_WINDOW_MS;
      return intoWindowMs > 2_500 && intoWindowMs < SERVED_WINDOW_MS - 5_000;
    },
    { what: 'the middle of a window', deadlineMs: SERVED_WINDOW_MS },
  );
  const reportedAfterMs = await serverMs();
  await reportServed(rig.raw, 0, new Map([['acme', 10]]), { count: 0, totalMs: 0 }, 2_000);
  /** The time that is told, between the least and the most that it may be for a look somewhere in this time. */
  async function expectStart(leastMs: number, mostMs: (lookedBeforeMs: number) => number): Promise<void> {
    const lookedAfterMs = await serverMs();
    const job = await rig.scheduler.job('acme', 'acme-20');
    const lookedBeforeMs = (await serverMs()) + 1;
    expect(job).toMatchObject({ position: 10, waitingReason: 'capacity_exhausted' });
    expect(job?.estimatedStartAtMs).toBeGreaterThanOrEqual(lookedAfterMs + leastMs);
    expect(job?.estimatedStartAtMs).toBeLessThanOrEqual(lookedBeforeMs + mostMs(lookedBeforeMs));
  }
  // Ten starts in two seconds, and in the time that has passed since they were reported: its place is the tenth.
  await expectStart(2_000, (lookedBeforeMs) => 2_001 + lookedBeforeMs - reportedAfterMs);
  expect(await rig.scheduler.job('acme', 'last')).toMatchObject({ position: 21 });
  const acme = { workspace: 'acme', config: { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond: 1, burst: 1 } };
  await rig.scheduler.configure([acme]);
  // One token is there, and nine take nine seconds; or its pace is slower than that by now.
  await expectStart(9_000, (lookedBeforeMs) => Math.max(9_001, 2_001 + lookedBeforeMs - reportedAfterMs));
  await rig.scheduler.configure([{ ...acme, config: { ...acme.config, paused: true } }]);
  expect(await rig.scheduler.job('acme', 'acme-20')).toMatchObject({ waitingReason: 'operator_pause' });
  expect(await rig.scheduler.job('acme', 'acme-20')).not.toHaveProperty('estimatedStartAtMs');
});

test('a delayed job is expected when it is due, unless nobody could run it then', async () => {
  await rig.producer.add(jobs('acme', 1, { delayMs: 60_000 }));
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({ waitingReason: 'delayed' });
  expect(await rig.scheduler.job('acme', 'acme-1')).not.toHaveProperty('estimatedStartAtMs');
  await withConsumer();
  const job = await rig.scheduler.job('acme', 'acme-1');
  expect(job?.estimatedStartAtMs).toBe(job?.runAtMs);
});

test('a job whose type nobody knew says so while it is put off', async () => {
  await withConsumer();
  await rig.producer.add(jobs('acme', 1));
  const claimer = rig.claimer();
  const [job] = (await claim(claimer, 1)).jobs;
  await claimer.postpone(job!, 30_000, { [UNKNOWN_SINCE_FIELD]: '1' });
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({
    state: 'delayed',
    waitingReason: 'unknown_type',
  });
});

test('without a live replica a waiting job says that nobody is there to run it', async () => {
  await rig.producer.add(jobs('acme', 1));
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({ waitingReason: 'no_consumer' });
  const claimer = rig.claimer();
  await claimer.start();
  await waitFor(
    async () => (await rig.scheduler.job('acme', 'acme-1'))?.waitingReason === 'capacity_exhausted',
    {
      what: 'the replica is seen',
    },
  );
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
  await withConsumer();
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 2));
  await claim(rig.claimer(), 10);
  expect(await rig.scheduler.job('acme', 'acme-1')).toMatchObject({ state: 'active' });
  expect(await rig.scheduler.job('acme', 'acme-2')).toMatchObject({
    state: 'waiting',
    position: 1,
    waitingReason: 'quota_exhausted',
  });
  expect(await rig.scheduler.job('acme', 'nobody')).toBeUndefined();
});
