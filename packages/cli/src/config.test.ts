import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Environment, readConnection } from './config.ts';
import { Failure } from './failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const KEY = 'flk_secret';
const URL_ = 'http://127.0.0.1:3000';

test('the address has no slash at its end, and the key may stand in a file', () => {
  expect(readConnection({ FAIRLEAD_URL: ` ${URL_}/ `, FAIRLEAD_API_KEY: KEY })).toEqual({
    url: URL_,
    apiKey: KEY,
  });
  const env = {
    FAIRLEAD_URL: 'https://example.com/fairlead/',
    FAIRLEAD_API_KEY: '',
    FAIRLEAD_API_KEY_FILE: file('key', `${KEY}\n`),
  };
  expect(readConnection(env)).toEqual({ url: 'https://example.com/fairlead', apiKey: KEY });
});

test.each<[string, number, Environment, RegExp]>([
  ['no address', 2, { FAIRLEAD_API_KEY: KEY }, /FAIRLEAD_URL is not set/],
  ['no URL', 2, { FAIRLEAD_URL: '127.0.0.1:3000', FAIRLEAD_API_KEY: KEY }, /no http\(s\) URL/],
  ['another protocol', 2, { FAIRLEAD_URL: 'redis://127.0.0.1', FAIRLEAD_API_KEY: KEY }, /no http\(s\) URL/],
  [
    'a password in it',
    2,
    { FAIRLEAD_URL: 'http://me:secret@host', FAIRLEAD_API_KEY: KEY },
    /a user or a password/,
  ],
  ['no key', 3, { FAIRLEAD_URL: URL_ }, /no API key/],
  ['a key of two lines', 2, { FAIRLEAD_URL: URL_, FAIRLEAD_API_KEY: 'secret secret' }, /is no key/],
  [
    'two keys',
    2,
    { FAIRLEAD_URL: URL_, FAIRLEAD_API_KEY: KEY, FAIRLEAD_API_KEY_FILE: '/secret' },
    /both set/,
  ],
  ['no file', 2, { FAIRLEAD_URL: URL_, FAIRLEAD_API_KEY_FILE: '/secret' }, /cannot be read \(ENOENT\)/],
  ['an empty file', 2, { FAIRLEAD_URL: URL_, FAIRLEAD_API_KEY_FILE: file('secret', ' \n') }, /empty file/],
])('%s: says which variable is wrong and what helps, never its value', (_, exitCode, env, message) => {
  const failure = (() => {
    try {
      return readConnection(env);
    } catch (error) {
      return error;
    }
  })() as Failure;
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({
    exitCode,
    message: expect.stringMatching(message),
    fix: expect.any(String),
  });
  expect(`${failure.message} ${failure.fix}`).not.toContain('secret');
});
