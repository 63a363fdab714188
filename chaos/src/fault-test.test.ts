import { expect, test } from '@jest/globals';
import { atLeast, atMost, exactly, figure, holds, some } from './fault-test.ts';

test.each([
  [exactly(0), 0, 1],
  [atMost(5), 5, 6],
  [atLeast(5), 5, 4],
  [some, 1, 0],
])('a figure that must be %j holds with %d and not with %d', (must, good, bad) => {
  expect(holds(figure('lost', good, must))).toBe(true);
  expect(holds(figure('lost', bad, must))).toBe(false);
  expect(holds(figure('lost', Number.NaN, must))).toBe(false);
});

test('a figure that need not be anything holds', () => {
  expect(holds(figure('seconds', 7))).toBe(true);
});
