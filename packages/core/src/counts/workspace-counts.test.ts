import { expect, test } from '@jest/globals';
import { histogramOf } from '../histogram/histogram.ts';
import { promotionWindowOf } from '../promotion/window-of-counts.ts';
import { addCounts, NO_COUNTS, type WorkspaceCounts } from './workspace-counts.ts';

const FLUSH: WorkspaceCounts = {
  enqueues: 12,
  enqueueFailures: 2,
  started: 9,
  finished: 8,
  failed: 3,
  dead: 1,
  duplicates: 1,
  suppressed: 2,
  late: 1,
  stalled: 1,
  lostLocks: 1,
  wait: histogramOf([5, 70]),
  run: histogramOf([300]),
};

test('flushes add up in any order, and nothing is nothing', () => {
  const other = { ...FLUSH, finished: 1, wait: histogramOf([1_000_000]) };
  expect(addCounts(FLUSH, other)).toEqual(addCounts(other, FLUSH));
  expect(addCounts(FLUSH, other)).toMatchObject({
    enqueues: 24,
    enqueueFailures: 4,
    started: 18,
    finished: 9,
    wait: histogramOf([5, 70, 1_000_000]),
  });
  expect(addCounts(NO_COUNTS, FLUSH)).toEqual(FLUSH);
});

test('a window is judged on its finished and dead jobs, its duplicates and its waits', () => {
  const span = { startMs: 0, endMs: 1_800_000 };
  expect(promotionWindowOf(FLUSH, span, 'ok')).toEqual({
    ...span,
    finished: 8,
    dead: 1,
    duplicates: 1,
    queueAgeP95Ms: 71,
    queueAgeSamples: 2,
    contention: 'ok',
  });
  expect(promotionWindowOf(NO_COUNTS, span, 'ok').queueAgeP95Ms).toBeNull();
});
