import { expect, test } from '@jest/globals';
import { isHeavyMinute, minuteReport } from './minute-report.ts';

const jobs = (count: number, createdAtMs: number, firstMs: number, everyMs: number) =>
  Array.from({ length: count }, (_, i) => ({ createdAtMs, startedAtMs: firstMs + i * everyMs }));

test('each minute has its total, its tenants, the largest of them and how fair it was', () => {
  const report = minuteReport([
    { name: 'hog', weight: 1, jobs: jobs(240, 0, 0, 500) },
    { name: 'other', weight: 1, jobs: jobs(61, 0, 0, 1_000) },
    { name: 'late', weight: 1, jobs: jobs(1, 70_000, 70_000, 1) },
  ]);
  expect(report).toEqual([
    {
      ...{ minute: 0, total: 180, tenants: 2, top: 'hog', topShare: 120 / 180 },
      ...{ backlogged: 2, jain: 180 ** 2 / (2 * (120 ** 2 + 60 ** 2)) },
    },
    {
      ...{ minute: 1, total: 122, tenants: 3, top: 'hog', topShare: 120 / 122 },
      ...{ backlogged: 0, jain: null },
    },
  ]);
});

test('a minute of a trace that was replayed ten times as fast is a tenth of one', () => {
  const report = minuteReport([{ name: 'a', weight: 1, jobs: jobs(20, 0, 0, 1_000) }], 6_000);
  expect(report.map(({ total }) => total)).toEqual([6, 6, 6, 2]);
});

test('a minute is heavy when those who waited had ten starts each, taken together', () => {
  const every = (ms: number) =>
    ['a', 'b'].map((name) => ({ name, weight: 1, jobs: jobs(2 + 60_000 / ms, 0, 0, ms) }));
  expect(minuteReport(every(6_000)).map(isHeavyMinute)).toEqual([true, false]);
  expect(minuteReport(every(7_500)).map(isHeavyMinute)).toEqual([false, false]);
});

test('of nothing there is nothing to report', () => {
  expect(minuteReport([{ name: 'a', weight: 1, jobs: [] }])).toEqual([]);
});
