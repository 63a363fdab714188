import { expect, test } from '@jest/globals';
import { measureFairness } from './measure-fairness.ts';
import type { TraceJob } from './parse-trace.ts';
import { replayInModel } from './replay-in-model.ts';

const burst = (tenant: string, count: number, atMs = 0, runMs = 100): TraceJob[] =>
  Array.from({ length: count }, () => ({ tenant, atMs, runMs }));

test('a hog makes nobody wait for it, and everything is started once', () => {
  const played = replayInModel([...burst('hog', 400), ...burst('light', 5, 1_000)], { slots: 4 });
  expect(played.map(({ name, jobs }) => [name, jobs.length])).toEqual([
    ['hog', 400],
    ['light', 5],
  ]);
  const waits = (played[1]?.jobs ?? []).map(({ createdAtMs, startedAtMs }) => startedAtMs - createdAtMs);
  expect(Math.max(...waits)).toBeLessThanOrEqual(300);
});

test('who is backlogged gets starts in proportion to weight', () => {
  const settings = new Map([['b', { weight: 3 }]]);
  const played = replayInModel([...burst('a', 200), ...burst('b', 600)], { slots: 8, settings });
  const fairness = measureFairness(played, 1_000);
  expect(fairness.windows).toBeGreaterThan(5);
  expect(fairness.jain).toBeGreaterThan(0.99);
});

test('a quota holds a tenant back while slots are idle', () => {
  const settings = new Map([['a', { concurrency: 1 }]]);
  const [a] = replayInModel(burst('a', 5), { slots: 8, settings });
  expect(a?.jobs.map(({ startedAtMs }) => startedAtMs)).toEqual([0, 100, 200, 300, 400]);
});
