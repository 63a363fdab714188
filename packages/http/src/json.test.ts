import { expect, test } from '@jest/globals';
import { hazardOf, MAX_DEPTH, MAX_KEYS, parseJson } from './json.ts';

const bytes = (text: string) => Buffer.from(text);
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i]));

test('plain JSON comes through, with a byte order mark too', () => {
  expect(parseJson(bytes('{"a":[1,null,"ä"]}'))).toEqual({ outcome: 'parsed', value: { a: [1, null, 'ä'] } });
  expect(parseJson(bytes('\ufeff{"a":1}'))).toEqual({ outcome: 'parsed', value: { a: 1 } });
});

test.each([
  ['{"a": tru}', "breaks JSON's rules"],
  ['{\n"a": 1,\n}', 'line 3, column 1'],
  ['{"a":', 'ends too early'],
  ["{'a':1}", 'line 1, column 2'],
  ['nope', "breaks JSON's rules"],
])('%j is malformed, and the place is named', (text, place) => {
  const result = parseJson(bytes(text));
  expect(result).toMatchObject({ outcome: 'malformed', detail: expect.stringContaining(place) });
});

test('text that is not UTF-8 is malformed', () => {
  expect(parseJson(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toEqual({
    outcome: 'malformed',
    detail: 'It is not UTF-8 text.',
  });
});

test('what was sent is not repeated in the detail', () => {
  for (const text of [
    '{"secret-canary" oops}',
    'secret-canary',
    '["secret-canary",',
    '{"a": secret-canary}',
  ]) {
    expect(JSON.stringify(parseJson(bytes(text)))).not.toContain('canary');
  }
});

test.each(['__proto__', 'constructor', 'prototype'])('a key named %s is refused at any depth', (key) => {
  for (const text of [`{"${key}":1}`, `{"a":[{"b":{"${key}":{}}}]}`]) {
    expect(parseJson(bytes(text))).toMatchObject({
      outcome: 'hazardous',
      detail: expect.stringContaining(key),
    });
  }
  expect(parseJson(bytes(`{"a":"${key}"}`))).toMatchObject({ outcome: 'parsed' });
});

test(`${MAX_DEPTH} levels are accepted and one more is not, however deep it goes on`, () => {
  expect(parseJson(bytes(nested(MAX_DEPTH)))).toMatchObject({ outcome: 'parsed' });
  for (const levels of [MAX_DEPTH + 1, 100_000]) {
    expect(parseJson(bytes(nested(levels)))).toMatchObject({ outcome: 'hazardous' });
  }
});

test(`${MAX_KEYS} keys are accepted and one more is not, also when spread over objects`, () => {
  expect(hazardOf(wide(MAX_KEYS))).toBeUndefined();
  expect(hazardOf(wide(MAX_KEYS + 1))).toContain('1,000 keys');
  expect(hazardOf([wide(MAX_KEYS / 2), wide(MAX_KEYS / 2 + 1)])).toContain('1,000 keys');
});
