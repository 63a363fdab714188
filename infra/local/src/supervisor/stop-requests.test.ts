import { EventEmitter } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { onStopRequests } from './stop-requests.ts';

test('one Ctrl-C that arrives three times is one request, a later one is the second', () => {
  jest.useFakeTimers();
  const source = new EventEmitter() as NodeJS.Process;
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

test('a parent that is gone is a request to stop', () => {
  const source = new EventEmitter() as NodeJS.Process;
  const counts: number[] = [];
  onStopRequests((count) => counts.push(count), source);
  source.emit('disconnect');
  expect(counts).toEqual([1]);
});
