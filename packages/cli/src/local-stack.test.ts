import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLocalStack } from './local-stack.ts';

let stacks: string;
beforeEach(() => {
  stacks = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
});
afterEach(() => rmSync(stacks, { recursive: true }));

function stack(name: string, text: string) {
  mkdirSync(join(stacks, name));
  writeFileSync(join(stacks, name, 'access.json'), text);
}
const ACCESS = {
  url: 'http://127.0.0.1:1',
  controllerUrl: 'http://127.0.0.1:3',
  apiKey: 'flk_1',
  redisUrl: 'redis://1',
  databaseUrl: 'pg://1',
};
const SETTINGS = {
  FAIRLEAD_URL: 'http://127.0.0.1:1',
  FAIRLEAD_CONTROLLER_URL: 'http://127.0.0.1:3',
  FAIRLEAD_API_KEY: 'flk_1',
  REDIS_URL: 'redis://1',
  DATABASE_URL: 'pg://1',
};

test('with nothing set, the stack that was started last is asked', () => {
  expect(withLocalStack({ TERM: 'xterm' }, stacks)).toEqual({ TERM: 'xterm' });
  expect(withLocalStack({}, join(stacks, 'nowhere'))).toEqual({});
  stack('2026-03-01-120000-9', JSON.stringify({ ...ACCESS, url: 'http://127.0.0.1:2' }));
  stack('2026-03-01-130000-1', JSON.stringify(ACCESS));
  expect(withLocalStack({ TERM: 'xterm', FAIRLEAD_URL: ' ' }, stacks)).toEqual({
    TERM: 'xterm',
    ...SETTINGS,
  });
});

test('a stack that has ended, or whose file says nothing, is passed over', () => {
  stack('2026-03-01-120000-9', JSON.stringify(ACCESS));
  stack('2026-03-01-130000-1', '');
  mkdirSync(join(stacks, '2026-03-01-140000-1'));
  writeFileSync(join(stacks, 'notes.txt'), 'no stack');
  expect(withLocalStack({}, stacks)).toMatchObject(SETTINGS);
});

test.each(['FAIRLEAD_URL', 'FAIRLEAD_CONTROLLER_URL', 'FAIRLEAD_API_KEY', 'FAIRLEAD_API_KEY_FILE'])(
  'with %s set nothing is taken from it: no key goes to an address it was not meant for',
  (name) => {
    stack('2026-03-01-120000-9', JSON.stringify(ACCESS));
    expect(withLocalStack({ [name]: 'mine' }, stacks)).toEqual({ [name]: 'mine' });
  },
);

test('servers that are named stay as they are', () => {
  stack('2026-03-01-120000-9', JSON.stringify(ACCESS));
  const env = { REDIS_URL: 'redis://mine', DATABASE_URL_FILE: '/mine' };
  expect(withLocalStack(env, stacks)).toEqual({
    ...env,
    FAIRLEAD_URL: SETTINGS.FAIRLEAD_URL,
    FAIRLEAD_CONTROLLER_URL: SETTINGS.FAIRLEAD_CONTROLLER_URL,
    FAIRLEAD_API_KEY: SETTINGS.FAIRLEAD_API_KEY,
  });
});

test('a stack without a controller sets no address of one', () => {
  stack('2026-03-01-120000-9', JSON.stringify({ ...ACCESS, controllerUrl: undefined }));
  expect(Object.keys(withLocalStack({}, stacks))).not.toContain('FAIRLEAD_CONTROLLER_URL');
});
