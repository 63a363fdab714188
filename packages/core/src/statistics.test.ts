import { expect, test } from '@jest/globals';
import { jainIndex, nearestRank } from './statistics.ts';

test("Jain's index is 1 for equal shares and 1/n when one has everything", () => {
  expect(jainIndex([3, 3, 3])).toBe(1);
  expect(jainIndex([1, 0, 0, 0])).toBe(0.25);
  expect(jainIndex([])).toBe(1);
  expect(jainIndex([0, 0])).toBe(1);
});

test('the p95 of 1, 30, 300, 600 is 600 and of nothing 0', () => {
  expect(nearestRank([1, 30, 300, 600], 0.95)).toBe(600);
  expect(nearestRank([1, 30, 300, 600], 0.5)).toBe(30);
  expect(nearestRank([], 0.95)).toBe(0);
});
