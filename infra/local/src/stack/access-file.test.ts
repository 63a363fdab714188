import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { recordProcess } from '../servers/process-identity.ts';
import { stackAskedBefore, writeAccessFile } from './access-file.ts';

let all: string;
beforeEach(() => {
  all = mkdtempSync(join(tmpdir(), 'fairlead-access-'));
});
afterEach(() => rmSync(all, { recursive: true }));

/** Of a stack that this process has started, or one that has died. */
function folderOf(name: string, pid = process.pid): string {
  const folder = join(all, name);
  mkdirSync(folder);
  recordProcess(join(folder, 'owner.pid'), pid);
  return folder;
}
const accessOf = (url: string) => ({
  url,
  controllerUrl: 'http://controller',
  apiKey: 'flk_x',
  databaseUrl: 'postgresql://x',
});

test('the file is there until its stack ends', () => {
  const folder = folderOf('2026-03-01-120000-1');
  const remove = writeAccessFile(folder, accessOf('http://one'));
  const file = join(folder, 'access.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(accessOf('http://one'));
  remove();
  expect(existsSync(file)).toBe(false);
});

test('the stack that was asked before is the last of those that run and were started earlier', () => {
  const remove = ['1200', '1300', '1400', '1500'].map((time) =>
    writeAccessFile(folderOf(`2026-03-01-${time}00-1`, time === '1300' ? 0 : process.pid), accessOf(time)),
  );
  const before = (time: string) => stackAskedBefore(join(all, `2026-03-01-${time}00-1`));
  expect(before('1500')).toBe('1400');
  expect(before('1400')).toBe('1200');
  expect(before('1200')).toBeUndefined();
  for (const one of remove) one();
  expect(before('1500')).toBeUndefined();
});
