import { expect, test } from '@jest/globals';
import { openScreen } from './screen.ts';
import { duration, when } from './time.ts';

const screen = (isTTY: boolean) => openScreen({ isTTY, write: () => true, once: () => {} }, {});

test('a duration is said in its largest two units', () => {
  expect([5, 999, 1_000, 90_000, 3_600_000, 5_400_000, 90_061_000].map(duration)).toEqual([
    '5ms',
    '999ms',
    '1s',
    '1m 30s',
    '1h',
    '1h 30m',
    '1d 1h',
  ]);
});

test('a person reads how long ago, a program the time itself', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  expect(when(screen(true), '2026-03-01T11:58:00Z', now)).toBe('2m ago');
  expect(when(screen(true), '2026-03-01T12:15:00Z', now)).toBe('in 15m');
  expect(when(screen(true), '2026-03-01T13:59:59.600Z', now)).toBe('in 2h');
  expect(when(screen(false), '2026-03-01T11:58:00Z', now)).toBe('2026-03-01T11:58:00Z');
  expect(when(screen(true), null, now)).toBe('');
});
