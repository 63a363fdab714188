import { describe, expect, test } from '@jest/globals';
import { RetryAfterError, retryAfterOf } from '../retry-after-error.ts';
import { retryAfterMs } from './retry-after.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;
const asked = (text: string, date?: string) => retryAfterMs({ 'retry-after': text, date }, NOW_MS, HOUR_MS);

describe('Retry-After', () => {
  test('is a number of seconds', () => {
    expect(asked('0')).toBe(0);
    expect(asked(' 120 ')).toBe(120_000);
  });

  test('is a date', () => {
    expect(asked('Sat, 21 Nov 2026 12:01:00 GMT')).toBe(60_000);
    expect(asked('Sat, 21 Nov 2026 11:00:00 GMT')).toBe(0);
  });

  test('is a date by the clock of the sender, when that is told', () => {
    expect(asked('Sat, 21 Nov 2026 12:06:00 GMT', 'Sat, 21 Nov 2026 12:05:00 GMT')).toBe(60_000);
    expect(asked('Sat, 21 Nov 2026 12:06:00 GMT', 'yesterday')).toBe(360_000);
  });

  test('is bounded', () => {
    expect(asked('999999999999999')).toBe(HOUR_MS);
    expect(asked('Sat, 21 Nov 2099 12:00:00 GMT')).toBe(HOUR_MS);
  });

  for (const text of [
    '',
    '-1',
    '1.5',
    '1e3',
    'soon',
    '2026-11-21T12:01:00Z',
    'Sat, 99 Nov 2026 12:00:00 GMT',
    '9'.repeat(40),
  ]) {
    test(`that is ${JSON.stringify(text)} asks for nothing`, () => {
      expect(asked(text)).toBeUndefined();
    });
  }
});

describe('a RetryAfterError', () => {
  test('is known by its brand, also when another copy of this package made it', () => {
    expect(retryAfterOf(new RetryAfterError('later', 5))).toBe(5);
    expect(retryAfterOf({ [Symbol.for('fairlead.retryAfterMs')]: 7 })).toBe(7);
  });

  for (const nothing of [undefined, null, 'later', new Error('later'), new RetryAfterError('', Number.NaN)]) {
    test(`is not ${String(nothing)}`, () => {
      expect(retryAfterOf(nothing)).toBe(0);
    });
  }
});
