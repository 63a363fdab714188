import { expect, test } from '@jest/globals';
import { stepChart } from './chart.ts';

const chart = (first: number, values: readonly number[], columns = 12) =>
  stepChart(
    { columns },
    first,
    values.map((value, hour) => ({ atMs: hour, value })),
    [0, values.length],
    ['0', '8h'],
  ).split('\n');

test('values stand on 0, each to an eighth of a line', () => {
  const lines = chart(64, [64, 64, 64, 64, 32, 32, 9, 64]);
  expect(lines[0]).toBe('64 ┤████   █');
  expect(lines[4]).toBe('   ┤██████ █');
  expect(lines[6]).toBe('   ┤██████▁█');
  expect(lines.slice(8)).toEqual([' 0 └────────', '    0     8h', '']);
});

test('a column has what held at its end, and the first value holds until the first step', () => {
  const steps = [
    { atMs: 50, value: 2 },
    { atMs: 51, value: 8 },
  ];
  const [top] = stepChart({ columns: 11 }, 4, steps, [0, 100], ['0', '1']).split('\n');
  expect(top).toBe('8 ┤    ████');
});

test('what would press all others to the ground is cut and marked', () => {
  const lines = chart(10, [10, 10, 10, 10, 9_999_999, 10, 10, 10]);
  expect(lines[0]).toBe('40 ┤    ↑');
  expect(lines[5]).toBe('   ┤    █');
  expect(lines[6]).toBe('   ┤████████');
});

test('of nothing it draws nothing', () => {
  expect(chart(0, [])[0]).toBe('1 ┤');
});
