import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SharingReplica, shareCapacity } from './share.ts';

const replicas: fc.Arbitrary<SharingReplica[]> = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 8 }), slots: fc.nat({ max: 300 }) }),
  { selector: ({ id }) => id, maxLength: 20 },
);
const capacities = fc.nat({ max: 4_000 });

const entries = (shares: ReadonlyMap<string, number>) => Object.fromEntries(shares);
const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);

test('what an even division leaves goes to the first by id, and what a small replica cannot take to the others', () => {
  const three = ['c', 'a', 'b'].map((id) => ({ id, slots: 64 }));
  expect(entries(shareCapacity(100, three))).toEqual({ a: 34, b: 33, c: 33 });
  expect(entries(shareCapacity(2, three))).toEqual({ a: 1, b: 1, c: 0 });
  expect(entries(shareCapacity(100, [...three, { id: 'd', slots: 4 }]))).toEqual({
    a: 32,
    b: 32,
    c: 32,
    d: 4,
  });
  expect(shareCapacity(5, []).size).toBe(0);
});

test('shares are whole, sum up to the capacity or all slots, and nobody gets more than its slots', () => {
  fc.assert(
    fc.property(capacities, replicas, (capacity, all) => {
      const shares = shareCapacity(capacity, all);
      expect(shares.size).toBe(all.length);
      expect(sum(shares.values())).toBe(Math.min(capacity, sum(all.map(({ slots }) => slots))));
      for (const { id, slots } of all) {
        const share = shares.get(id) as number;
        expect(Number.isInteger(share) && share >= 0 && share <= slots).toBe(true);
      }
    }),
  );
});

test('two replicas that could both take more differ by one at most, and the order of the list does not matter', () => {
  fc.assert(
    fc.property(capacities, replicas, (capacity, all) => {
      const shares = shareCapacity(capacity, all);
      const open = all.filter(({ id, slots }) => (shares.get(id) as number) < slots);
      const least = Math.min(...open.map(({ id }) => shares.get(id) as number));
      for (const share of shares.values()) expect(share).toBeLessThanOrEqual(least + 1);
      expect(entries(shareCapacity(capacity, all.toReversed()))).toEqual(entries(shares));
    }),
  );
});

test('nobody is left without a job while there is one for each; only a capacity of 0 stops everybody', () => {
  fc.assert(
    fc.property(capacities, replicas, (capacity, all) => {
      const able = all.filter(({ slots }) => slots > 0);
      const shares = shareCapacity(capacity, all);
      if (capacity >= all.length) for (const { id } of able) expect(shares.get(id)).toBeGreaterThan(0);
      expect(sum(shares.values()) === 0).toBe(capacity === 0 || able.length === 0);
    }),
  );
});
