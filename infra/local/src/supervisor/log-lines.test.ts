import { expect, test } from '@jest/globals';
import { parseLogLine, tellingLines } from './log-lines.ts';

test('a log line is read, and anything else is none', () => {
  expect(parseLogLine('{"level":30,"msg":"listening","url":"http://127.0.0.1:1"}')?.url).toBe(
    'http://127.0.0.1:1',
  );
  expect(parseLogLine('    at file:///main.ts:3')).toBeUndefined();
  expect(parseLogLine('{ not JSON')).toBeUndefined();
});

test('what tells why is kept, in words, and the rest is left to the log file', () => {
  const lines = [
    '{"level":30,"msg":"request","path":"/readyz"}',
    '{"level":40,"msg":"Redis does not answer","err":{"message":"ECONNREFUSED"}}',
    '{"level":60,"msg":"cannot go on"}',
    'Error: boom',
  ];
  expect(tellingLines(lines, 10)).toEqual([
    'Redis does not answer: ECONNREFUSED',
    'cannot go on',
    'Error: boom',
  ]);
  expect(tellingLines(lines, 1)).toEqual(['Error: boom']);
});
