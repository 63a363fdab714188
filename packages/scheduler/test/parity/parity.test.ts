/**
 * BullMQ's native scripts against ours: the same random operations on both, and after each the same answer
 * and the same keys. This is the licence to change the claim path, and the gate of every BullMQ upgrade.
 *
 * A failure prints its seed and its story. To see it again:
 * `FAIRLEAD_PARITY_SEED=<seed> FAIRLEAD_PARITY_SEQUENCES=1 npx jest parity`.
 */
import { expect, test } from '@jest/globals';
import { parityConfig } from './config.ts';
import { OPERATION_KINDS } from './operations.ts';
import { runSequence, SITUATIONS } from './run.ts';
import { useSides } from './use-sides.ts';

const config = parityConfig(process.env);
/** So many sequences meet every operation and every situation; checked, lest the dice go blind. */
const ENOUGH_TO_SEE_ALL = 200;

const withOurs = useSides();

test('our claim, finish, renew and recover answer and leave what the native scripts do', async () => {
  const seen = new Set<string>();
  await withOurs({ forced: true }, async (sides) => {
    for (let i = 0; i < config.sequences; i++) {
      const result = await runSequence(sides, config.firstSeed + i, config.steps);
      if (result.outcome === 'different') throw new Error(result.report);
      for (const what of result.seen) seen.add(what);
    }
  });
  if (config.sequences < ENOUGH_TO_SEE_ALL) return;
  expect([...seen]).toEqual(expect.arrayContaining([...OPERATION_KINDS, ...SITUATIONS]));
}, 3_600_000);
