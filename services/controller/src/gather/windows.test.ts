import { NO_COUNTS } from '@fairlead/core';
import { createCountedWindows } from '@fairlead/ledger';
import { expect, test } from '@jest/globals';
import { createWindows } from './windows.ts';

const finished = (jobs: number) => ({ ...NO_COUNTS, finished: jobs });
const span = (startMs: number, lengthMs = 100) => ({ startMs, endMs: startMs + lengthMs });

test('counts go where the time of their report lies, however late the window is judged', () => {
  const windows = createWindows(createCountedWindows());
  windows.follow('acme', span(1_000));
  windows.add('acme', 999, finished(1));
  windows.add('acme', 1_000, finished(2));
  windows.add('acme', 1_250, finished(4));
  windows.add('acme', 1_099, finished(8));
  windows.add('acme', 1_100, finished(16));
  expect([1_000, 1_100, 1_200].map((start) => windows.countsOf('acme', start).finished)).toEqual([10, 16, 4]);
});

test('the next window keeps what came in before the one before it was judged', () => {
  const windows = createWindows(createCountedWindows());
  windows.follow('acme', span(1_000));
  windows.add('acme', 1_050, finished(1));
  windows.add('acme', 1_150, finished(2));
  windows.follow('acme', span(1_100));
  expect(windows.countsOf('acme', 1_000)).toBe(NO_COUNTS);
  expect(windows.countsOf('acme', 1_100).finished).toBe(2);
});

test('where counting begins anew nothing of before is kept', () => {
  const windows = createWindows(createCountedWindows());
  windows.follow('acme', span(1_000));
  windows.add('acme', 1_150, finished(2));
  windows.follow('acme', span(1_130, 50));
  expect(windows.countsOf('acme', 1_100)).toBe(NO_COUNTS);
  windows.add('acme', 1_179, finished(1));
  expect(windows.countsOf('acme', 1_130).finished).toBe(1);
});

test('while nobody judges the windows of a workspace are a few, the last ones', () => {
  const counted = createCountedWindows();
  const windows = createWindows(counted);
  windows.follow('acme', span(1_000));
  for (let atMs = 1_000; atMs < 100_000; atMs += 50) windows.add('acme', atMs, finished(1));
  expect([...counted.startsOf('acme')].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 8 }, (_, index) => 99_200 + index * 100),
  );
  expect(windows.countsOf('acme', 1_000)).toBe(NO_COUNTS);
  windows.follow('acme', span(99_900));
  expect(windows.countsOf('acme', 99_900).finished).toBe(2);
});

test('a workspace that nobody judges is not counted', () => {
  const counted = createCountedWindows();
  const windows = createWindows(counted);
  windows.add('acme', 1_000, finished(1));
  windows.follow('beta', span(1_000));
  windows.add('beta', 1_000, finished(1));
  windows.follow('beta', null);
  expect([...counted.names()]).toEqual([]);
});

test('of what was saved the windows that are followed stay, and the others go', () => {
  const counted = createCountedWindows();
  for (const startMs of [1_000, 1_100, 1_200, 1_250]) counted.add('acme', startMs, finished(startMs));
  counted.add('gone', 1_100, finished(1));
  const windows = createWindows(counted);
  windows.follow('acme', span(1_100));
  windows.forgetOthers();
  expect([1_000, 1_100, 1_200, 1_250].map((at) => windows.countsOf('acme', at).finished)).toEqual([
    0, 1_100, 1_200, 0,
  ]);
  expect([...counted.names()]).toEqual(['acme']);
});
