import { addCounts, histogramFrom, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addTo, tallyOf } from './tally.ts';

const histogram = fc
  .array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 1_000 })))
  .map((pairs) => histogramFrom(new Map(pairs)));
const counts = fc.record(
  Object.fromEntries(
    Object.entries(NO_COUNTS).map(([name, none]) => [name, Array.isArray(none) ? histogram : fc.nat(1_000)]),
  ),
) as unknown as fc.Arbitrary<WorkspaceCounts>;

test('what is added in place is what the sum is, and what was added is left as it was', () => {
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1 }), (all) => {
      const before = structuredClone(all);
      const tally = tallyOf(NO_COUNTS);
      for (const each of all) addTo(tally, each);
      expect(tally).toEqual(all.reduce(addCounts, NO_COUNTS));
      expect(all).toEqual(before);
    }),
    { numRuns: 200 },
  );
});
