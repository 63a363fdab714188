/** Whether the comparison of parity.test.ts would find what it is there for: it does in scripts that are broken. */
import { expect, test } from '@jest/globals';
import { BREAKAGES, broken } from './breakages.ts';
import { runSequence } from './run.ts';
import { useSides } from './use-sides.ts';

/** A broken script must be found within this many sequences; most are in the first three. */
const CONTROL_SEQUENCES = 100;

const withOurs = useSides();

test.each(BREAKAGES)('$what is found', async (breakage) => {
  const found = await withOurs({ forced: true, alter: broken(breakage) }, async (sides) => {
    for (let i = 0; i < CONTROL_SEQUENCES; i++) {
      const result = await runSequence(sides, i, 40);
      if (result.outcome === 'different') return true;
    }
    return false;
  });
  expect(found).toBe(true);
});
