import { EventEmitter } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { onStopRequests } from './stop-requests.ts';

function fakeProcess() {
  return Object.assign(new EventEmitter(), { stdout: new EventEmitter() }) as unknown as NodeJS.Process;
}

test('one Ctrl-C that arrives three times is one request, a later one is the second', () => {
  jest.useFakeTimers();
  const source = fakeProcess();
  const counts: number[] = [];
  const unlisten = onStopRequests((count) => counts.push(count), source);
  source.emit('SIGINT');
  jest.advanceTimersByTime(3);
  source.emit('SIGINT');
  jest.advanceTimersByTime(3);
  source.emit('SIGTERM');
  expect(counts).toEqual([1]);
  jest.advanceTimersByTime(800);
  source.emit('SIGINT');
  expect(counts).toEqual([1, 2]);
  unlisten();
  jest.advanceTimersByTime(800);
  source.emit('SIGINT');
  expect(counts).toEqual([1, 2]);
  jest.useRealTimers();
});

test('a reader of the output that left is a request to stop', () => {
  const source = fakeProcess();
  const counts: number[] = [];
  onStopRequests((count) => counts.push(count), source);
  source.stdout.emit('error', new Error('EPIPE'));
  expect(counts).toEqual([1]);
});

test('a parent that is gone is a request to stop', () => {
  const source = fakeProcess();
  const counts: number[] = [];
  onStopRequests((count) => counts.push(count), source);
  source.emit('disconnect');
  expect(counts).toEqual([1]);
});
