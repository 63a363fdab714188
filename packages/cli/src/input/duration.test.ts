import { expect, test } from '@jest/globals';
import { parseDuration, parseSeconds } from './duration.ts';

test('a duration is numbers with units, added up', () => {
  expect(['250ms', '30s', '15m', '1h30m', '7d', '1.5s', '0s'].map(parseDuration)).toEqual([
    250, 30_000, 900_000, 5_400_000, 604_800_000, 1_500, 0,
  ]);
});

test('seconds are rounded up, so that nothing ends too early', () => {
  expect(['15m', '1500ms', '1ms'].map(parseSeconds)).toEqual([900, 2, 1]);
});

test.each(['', '15', 'm', '15 m', '15x', '-5m', '5m!', '1h 30m', '1e3s'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('It is a number and a unit');
});
