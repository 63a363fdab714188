import { expect, test } from '@jest/globals';
import { limit, positive, wholeNumber } from './number.ts';

test('a whole number stays in its bounds', () => {
  const parse = wholeNumber(1, 500);
  expect(['1', '500'].map(parse)).toEqual([1, 500]);
  for (const text of ['0', '501', '1.5', '-1', '1e2', '', 'x'])
    expect(() => parse(text)).toThrow('from 1 to 500');
  expect(() => wholeNumber(0)('x')).toThrow('at least 0');
});

test('unlimited is the 0 of the API, which cannot be typed by mistake', () => {
  expect(['unlimited', '20', '0.5', 'quota'].map(limit)).toEqual([0, 20, 0.5, 'quota']);
  for (const text of ['0', '-1', 'none']) expect(() => limit(text)).toThrow('or "unlimited"');
  expect(positive('0.001')).toBe(0.001);
  expect(() => positive('0')).toThrow('above 0');
});
