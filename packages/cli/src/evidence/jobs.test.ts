import { expect, test } from '@jest/globals';
import { fairnessOf, type Job, outcomesOf, type Workspace } from './jobs.ts';

const START_MS = Date.parse('2030-01-31T08:00:00Z');
const iso = (ms: number) => new Date(START_MS + ms).toISOString();

function job(createdMs: number, startedMs: number | undefined, more: Partial<Job> = {}): Job {
  const times = startedMs === undefined ? {} : { startedAt: iso(startedMs), finishedAt: iso(startedMs + 10) };
  return {
    ...{
      id: 'j',
      workspace: 'w',
      type: 't',
      attempts: startedMs === undefined ? 0 : 1,
      maxAttempts: 3,
      priority: 0,
    },
    state: startedMs === undefined ? 'queued' : 'succeeded',
    createdAt: iso(createdMs),
    ...times,
    ...more,
  };
}

function workspace(name: string, settings: object = {}): Workspace {
  const defaults = { weight: 1, concurrency: 'quota', ratePerSecond: 0, paused: false, fairness: 'starts' };
  return { name, settings: { ...defaults, ...settings } } as unknown as Workspace;
}

/** So many jobs at once, of which one is started every so often. */
const steady = (count: number, everyMs: number) =>
  Array.from({ length: count }, (_, index) => job(0, (index + 1) * everyMs));

test('two workspaces that wait side by side and are started alike have even minutes', () => {
  const workspaces = ['a', 'b'].map((name) => ({ workspace: workspace(name), jobs: steady(200, 1_000) }));
  const { heavyMinutes, jain } = fairnessOf({ workspaces, isWhole: true }, START_MS + 200_000);
  expect(heavyMinutes.length).toBeGreaterThanOrEqual(2);
  expect(jain?.least).toBeGreaterThan(0.99);
});

test('who was not started at all while the other was shows, as long as it waits', () => {
  const starved = Array.from({ length: 50 }, () => job(0, undefined));
  const workspaces = [
    { workspace: workspace('a'), jobs: steady(200, 1_000) },
    { workspace: workspace('b'), jobs: starved },
  ];
  const { jain } = fairnessOf({ workspaces, isWhole: true }, START_MS + 200_000);
  expect(jain?.mean).toBe(0.5);
});

test('who waits by its owner’s wish is not compared', () => {
  const limited = [{ concurrency: 2 }, { ratePerSecond: 1 }, { paused: true }, { fairness: 'runtime' }];
  const workspaces = limited.map((settings) => ({
    workspace: workspace('a', settings),
    jobs: steady(200, 1_000),
  }));
  expect(fairnessOf({ workspaces, isWhole: true }, START_MS + 200_000)).toEqual({
    heavyMinutes: [],
    jain: null,
    leftOut: 4,
  });
});

test('jobs are counted by what became of them; the wait of one that was delayed begins when it is due', () => {
  const jobs = [
    job(0, 50),
    job(0, 1_020, { runAt: iso(1_000) }),
    job(0, 9_000, { attempts: 2, state: 'dead' }),
    job(0, undefined, { state: 'cancelled', finishedAt: iso(5) }),
    job(0, undefined),
  ];
  expect(outcomesOf({ workspaces: [{ workspace: workspace('a'), jobs }], isWhole: true })).toEqual({
    ...{ accepted: 5, succeeded: 2, dead: 1, cancelled: 1, unfinished: 1, isWhole: true },
    waitMs: { p50: 20, p95: 50 },
  });
});
