/**
 * BullMQ's native scripts against ours: the same random operations on both, and after each the same answer
 * and the same keys. This is the licence to change the claim path, and the gate of every BullMQ upgrade.
 *
 * A failure prints its seed and its story. To see it again:
 * `FAIRLEAD_PARITY_SEED=<seed> FAIRLEAD_PARITY_SEQUENCES=1 npx jest parity`.
 */
import { privateRedis, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BREAKAGES, broken } from './breakages.ts';
import { parityConfig } from './config.ts';
import { takeOverDate } from './date.ts';
import { nativeSide } from './native.ts';
import { OPERATION_KINDS } from './operations.ts';
import { type OurOptions, ourSide } from './ours.ts';
import { runSequence, SITUATIONS, type Sides } from './run.ts';
import type { Side } from './side.ts';

const config = parityConfig(process.env);
/** A broken script must be found within this many sequences; most are in the first three. */
const CONTROL_SEQUENCES = 100;
/** So many sequences meet every operation and every situation; checked, lest the dice go blind. */
const ENOUGH_TO_SEE_ALL = 200;

let server: TestRedis;
let native: Side;
let date: ReturnType<typeof takeOverDate>;

beforeAll(async () => {
  server = await privateRedis();
  native = await nativeSide(server.url);
  date = takeOverDate();
});

afterAll(async () => {
  date.giveBack();
  await native.close();
  await server.stop();
});

async function withOurs<T>(options: OurOptions, run: (sides: Sides) => Promise<T>): Promise<T> {
  const ours = await ourSide(server.url, options);
  try {
    return await run({ native, ours, setDate: date.set });
  } finally {
    await ours.close();
  }
}

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

describe('the comparison finds', () => {
  test.each(BREAKAGES)('$what', async (breakage) => {
    const found = await withOurs({ forced: true, alter: broken(breakage) }, async (sides) => {
      for (let i = 0; i < CONTROL_SEQUENCES; i++) {
        const result = await runSequence(sides, i, 40);
        if (result.outcome === 'different') return true;
      }
      return false;
    });
    expect(found).toBe(true);
  });
});
