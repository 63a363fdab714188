import { bucketOf, histogramOf, NO_COUNTS } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { countIn, createTally } from './tally.ts';

test('what was counted is taken once, and what is taken does not change any more', () => {
  const tally = createTally();
  expect(tally.isEmpty()).toBe(true);
  tally.of('acme').started++;
  for (const ms of [5, 5, 700]) countIn(tally.of('acme').wait, bucketOf(ms));
  expect(tally.isEmpty()).toBe(false);
  const first = tally.take();
  const expected = new Map([['acme', { ...NO_COUNTS, started: 1, wait: histogramOf([5, 5, 700]) }]]);
  expect(first).toEqual(expected);
  expect(tally.isEmpty()).toBe(true);

  tally.of('acme').dead++;
  tally.of('beta').finished += 2;
  expect(tally.take()).toEqual(
    new Map([
      ['acme', { ...NO_COUNTS, dead: 1 }],
      ['beta', { ...NO_COUNTS, finished: 2 }],
    ]),
  );
  expect(first).toEqual(expected);
  expect(tally.take().size).toBe(0);
});
