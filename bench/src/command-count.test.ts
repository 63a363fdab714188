import { expect, test } from '@jest/globals';
import { isSentByClient } from './command-count.ts';

test('what a client sent counts; what a script called, and the answer to MONITOR itself, do not', () => {
  expect(isSentByClient('+1732180000.123456 [0 127.0.0.1:54321] "get" "x"')).toBe(true);
  expect(isSentByClient('+1732180000.123456 [0 lua] "get" "[0 127.0.0.1:1]"')).toBe(false);
  expect(isSentByClient('+OK')).toBe(false);
});
