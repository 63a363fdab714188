import { expect, test } from '@jest/globals';
import { seeded } from './seeded.ts';

test('the same seed gives the same run', () => {
  const draw = () => Array.from({ length: 50 }, seeded(42).next);
  expect(draw()).toEqual(draw());
  expect(seeded(43).next()).not.toBe(seeded(42).next());
});

test('integers fill their range, both ends included', () => {
  const random = seeded(1);
  const seen = new Set(Array.from({ length: 500 }, () => random.integer(3, 6)));
  expect([...seen].sort()).toEqual([3, 4, 5, 6]);
});

test('a shuffle keeps what it is given and leaves the original alone', () => {
  const original = [1, 2, 3, 4, 5, 6, 7, 8];
  const shuffled = seeded(7).shuffle(original);
  expect(shuffled).not.toEqual(original);
  expect([...shuffled].sort()).toEqual(original);
});

test('a fork does not shift the source that it came from', () => {
  const one = seeded(9);
  const two = seeded(9);
  const fork = one.fork();
  two.fork();
  fork.next();
  expect(one.next()).toBe(two.next());
});

test('picking from nothing is an error', () => {
  expect(() => seeded(1).pick([])).toThrow('nothing to pick from');
});
