import { expect, test } from '@jest/globals';
import { isJobId, shardOf } from './keys.ts';

test('an id that names a key of the queue itself is no id of a job', () => {
  expect(
    ['wait', 'active', 'meta', 'delayed', 'events', 'id', 'a:lock', '', 'a b', '*'].filter(isJobId),
  ).toEqual([]);
  expect(['1', 'welcome-1', '019b2f60-0000-7000-8000-000000000000'].every(isJobId)).toBe(true);
});

test('a workspace stays in its shard, and a name that is none reaches no key', () => {
  // CRC-16/XMODEM of "123456789" is 0x31c3 = 12739, as in the specification of Redis Cluster.
  expect(shardOf('123456789', 16_384)).toBe(12_739);
  expect(shardOf('acme', 1)).toBe(0);
  expect(() => shardOf('a:b', 4)).toThrow('is not a workspace name');
});
