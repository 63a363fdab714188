import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Replica } from './replicas.ts';
import { sharesOf } from './shares.ts';

const replica = (id: string, running: number, draining = false): Replica => ({
  id,
  slots: 256,
  running,
  draining,
  seenAtMs: 0,
});

const shares = (capacity: number, ...replicas: Replica[]) => Object.fromEntries(sharesOf(capacity, replicas));

test('who runs more than its share is given less, and until it does the others share the rest', () => {
  expect(shares(100, replica('a', 10), replica('b', 0))).toEqual({ a: 50, b: 50 });
  expect(shares(100, replica('a', 90), replica('b', 0))).toEqual({ a: 50, b: 10 });
  expect(
    shares(1_000, replica('a', 256), replica('b', 0), replica('c', 0), replica('d', 0), replica('e', 0)),
  ).toEqual({
    a: 200,
    b: 186,
    c: 186,
    d: 186,
    e: 186,
  });
});

test('after a step down nobody who has obeyed waits for the others to be heard of', () => {
  const [obeyed, stale] = [replica('a', 57), ['b', 'c', 'd'].map((id) => replica(id, 64))];
  expect(shares(228, obeyed, ...stale)).toEqual({ a: 57, b: 57, c: 57, d: 57 });
  expect(shares(228, replica('a', 20), ...stale)).toEqual({ a: 36, b: 57, c: 57, d: 57 });
});

test('what drains keeps what it runs and gets no share', () => {
  expect(shares(100, replica('a', 70, true), replica('b', 0), replica('c', 0))).toEqual({ b: 15, c: 15 });
  expect(shares(100, replica('a', 256, true), replica('b', 0))).toEqual({ b: 0 });
});

test('if each obeys, no more runs than the capacity or than runs already', () => {
  const replicas = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      slots: fc.nat({ max: 300 }),
      running: fc.nat({ max: 300 }),
      draining: fc.boolean(),
      seenAtMs: fc.constant(0),
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.nat({ max: 2_000 }), replicas, (capacity, all) => {
      const given = sharesOf(capacity, all);
      const soon = all.map(({ id, running }) => Math.max(running, given.get(id) ?? 0));
      const now = all.reduce((sum, { running }) => sum + running, 0);
      expect(soon.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(Math.max(capacity, now));
      for (const { id, slots, draining } of all) {
        expect(given.has(id)).toBe(!draining);
        expect(given.get(id) ?? 0).toBeLessThanOrEqual(slots);
      }
    }),
  );
});
