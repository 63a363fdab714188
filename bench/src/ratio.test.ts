import { expect, test } from '@jest/globals';
import { bestOf, medianRatio, worstOf } from './ratio.ts';

test('a ratio is taken within each round, and the median of those is the figure', () => {
  // The whole second round ran at half speed: the ratio does not notice.
  expect(medianRatio([100, 50, 120], [20, 10, 20])).toBe(5);
  expect(medianRatio([], [])).toBeNaN();
});

test('a ratio of rounds that have no counterpart is no number', () => {
  expect(medianRatio([100, 50], [20])).toBeNaN();
});

test('the best and the worst peer are chosen round by round', () => {
  const peers = [
    [10, 30],
    [20, 25],
  ];
  expect(bestOf(peers)).toEqual([20, 30]);
  expect(worstOf(peers)).toEqual([10, 25]);
});
