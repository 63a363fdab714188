import { expect, test } from '@jest/globals';
import { lagOf, recentService, recordServed, SERVED_WINDOW_MS, shareOf } from './served.ts';
import { configure } from './shard-model.ts';
import { emptyShard } from './shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

const WINDOW = 1_000 * SERVED_WINDOW_MS;
const started = (counts: Record<string, number>) => new Map(Object.entries(counts));

const NO_RUNS = { count: 0, totalMs: 0 };

test('a window that has just begun says little: the one before is read until it is half over', () => {
  let state = recordServed(emptyShard(), started({ acme: 30, beta: 10 }), NO_RUNS, 2_000, WINDOW - 10_000);
  state = recordServed(state, started({ acme: 1 }), NO_RUNS, 2_000, WINDOW + 1_000);
  expect(recentService(state, 'acme', WINDOW + 9_999)).toEqual({
    starts: 30,
    allStarts: 40,
    allWeights: 2,
    windowMs: 12_000,
  });
  expect(recentService(state, 'acme', WINDOW + 10_000)).toMatchObject({ starts: 1, windowMs: 10_000 });
  expect(recentService(state, 'acme', WINDOW + 2 * SERVED_WINDOW_MS)).toEqual({
    starts: 0,
    allStarts: 0,
    allWeights: 0,
    windowMs: 0,
  });
});

test('shares are of the starts, and fair ones of the weights of those who were served', () => {
  let state = configure(emptyShard(), 'acme', { ...DEFAULT_WORKSPACE_CONFIG, weight: 3 });
  state = recordServed(state, started({ acme: 30, beta: 10 }), NO_RUNS, 2_000, WINDOW + 5_000);
  state = recordServed(state, started({ acme: 10 }), NO_RUNS, 2_000, WINDOW + 7_000);
  const of = (workspace: string, weight: number) =>
    shareOf(recentService(state, workspace, WINDOW + 7_000), weight);
  expect(of('acme', 3)).toEqual({ share: 0.8, fairShare: 0.75 });
  expect(of('beta', 1)).toEqual({ share: 0.2, fairShare: 0.25 });
  // It had nothing to do; this would be its part.
  expect(of('corp', 1)).toEqual({ share: 0, fairShare: 0.2 });
  expect(shareOf(recentService(emptyShard(), 'acme', WINDOW), 1)).toBeUndefined();
});

test('who was served ahead of the clock has a negative lag, in the ring and out of it', () => {
  const state = emptyShard();
  state.clock = 10;
  state.ring.set('acme', 12);
  state.tags.set('beta', 10.5);
  expect([lagOf(state, 'acme'), lagOf(state, 'beta'), lagOf(state, 'corp')]).toEqual([-2, -0.5, 0]);
});
