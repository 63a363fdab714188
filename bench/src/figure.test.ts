import { expect, test } from '@jest/globals';
import { judge, median } from './figure.ts';

test('the median of an even number of rounds is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([])).toBeNaN();
});

test('a figure passes by its goal, fails when it is no number, and has no verdict without a goal', () => {
  const base = { name: 'f', unit: 'x' };
  expect(judge({ ...base, value: 1.3, goal: { op: '>=', value: 1.3 } }).pass).toBe(true);
  expect(judge({ ...base, value: 29, goal: { op: '<=', value: 28 } }).pass).toBe(false);
  expect(judge({ ...base, value: Number.NaN, goal: { op: '>=', value: 1 } }).pass).toBe(false);
  expect(judge({ ...base, value: 12_345.678 })).toMatchObject({ value: 12_350, pass: null });
});
