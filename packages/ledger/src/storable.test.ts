import { expect, test } from '@jest/globals';
import { assertStorableJson, storableJson, storableText } from './storable.ts';

const BACKSLASH = '\\';
const escaped = (hex: string) => `${BACKSLASH}u${hex}`;

const REFUSED: [string, string][] = [
  ['an escaped NUL', `"a${escaped('0000')}"`],
  ['an escaped NUL after a backslash that is meant', `"${BACKSLASH}${BACKSLASH}${escaped('0000')}"`],
  ['a NUL itself', '"a\u0000"'],
  ['a lone first half', `"${escaped('d83d')}"`],
  ['a lone first half in capitals', `"${escaped('D83D')}x"`],
  ['a lone second half', `"${escaped('de00')}"`],
  ['the halves in the wrong order', `"${escaped('de00')}${escaped('d83d')}"`],
  ['a first half before a backslash that is meant', `"${escaped('d83d')}${BACKSLASH}${BACKSLASH}ude00"`],
  ['two first halves and one second', `"${escaped('d83d')}${escaped('d83d')}${escaped('de00')}"`],
  ['a half itself', '"\ud83d"'],
];

test.each(REFUSED)('%s is refused with a fix, and can be made storable', (_name, json) => {
  expect(() => assertStorableJson('The payload', json)).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', fix: expect.any(String) }),
  );
  const storable = storableJson(json);
  expect(() => assertStorableJson('The payload', storable)).not.toThrow();
  expect(storable).toMatch(/\\ufffd|\ufffd/);
});

test.each([
  ['plain JSON', '{"a":[1,"b"]}'],
  ['an escaped pair', `"${escaped('d83d')}${escaped('de00')}"`],
  ['two escaped pairs', `"${escaped('d83d')}${escaped('de00')}${escaped('d83d')}${escaped('de00')}"`],
  ['a pair itself', '"\ud83d\ude00"'],
  ['a backslash that is meant, and then u0000', `"${BACKSLASH}${BACKSLASH}u0000"`],
  ['other escapes', `"${escaped('00e9')}${BACKSLASH}n${escaped('0001')}"`],
])('%s stays as it is', (_name, json) => {
  expect(() => assertStorableJson('The payload', json)).not.toThrow();
  expect(storableJson(json)).toBe(json);
});

test('a text keeps everything but what PostgreSQL cannot hold', () => {
  expect(storableText('a\u0000b\ud83d')).toBe('a\ufffdb\ufffd');
  expect(storableText('\\u0000 as text')).toBe('\\u0000 as text');
});
