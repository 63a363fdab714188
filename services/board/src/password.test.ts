import { expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { exceptThisMachine, isLoopback } from './password.ts';

test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['10.0.0.1', '0.0.0.0', '::', '::ffff:10.127.0.1', '2001:db8::1', '1127.0.0.1', undefined])(
  '%s is not this machine',
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);

test('only this machine passes the guard unasked', () => {
  const ways: string[] = [];
  const guard = exceptThisMachine(() => void ways.push('asked'));
  const from = (remoteAddress: string) =>
    guard({ socket: { remoteAddress } } as Request, {} as Response, () => void ways.push('passed'));
  from('127.0.0.1');
  from('10.0.0.1');
  expect(ways).toEqual(['passed', 'asked']);
});
