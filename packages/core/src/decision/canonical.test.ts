import { expect, test } from '@jest/globals';
import { canonicalBytes, canonicalText } from './canonical.ts';

test('keys are sorted, nothing is spaced, and minus zero is zero', () => {
  expect(canonicalText({ b: [1, -0, null], a: { d: 'ä"\n', c: true } })).toBe(
    '{"a":{"c":true,"d":"ä\\"\\n"},"b":[1,0,null]}',
  );
});

test('the bytes are UTF-8', () => {
  expect([...canonicalBytes('ä')]).toEqual([34, 195, 164, 34]);
});

test.each([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['0.5', 0.5],
  ['9007199254740992', 2 ** 53],
  ['undefined', undefined],
  ['function', () => 1],
  ['bigint', 1n],
])('%s is refused, with where it was', (what, value) => {
  expect(() => canonicalText({ signals: [value] })).toThrow(
    `A decision cannot hold ${what} (at /signals/0).`,
  );
});

test('what was written reads back to the same text', () => {
  const text = canonicalText({ z: 1, a: ['\u2028', '\ud800', { '': 0 }] });
  expect(canonicalText(JSON.parse(text))).toBe(text);
});
