import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Bucket,
  freeSlots,
  limitsOf,
  nextTokenAtMs,
  refill,
  spend,
  startsAllowed,
  TOKEN,
} from './quota.ts';
import { DEFAULT_WORKSPACE_CONFIG } from './workspace.ts';

test('no concurrency limit means free slots without end, and a lowered limit never counts below zero', () => {
  expect(freeSlots(0, 1_000)).toBe(Number.POSITIVE_INFINITY);
  expect(freeSlots(3, 1)).toBe(2);
  expect(freeSlots(3, 5)).toBe(0);
});

test('what follows the quota is the quota; a number of its own stays', () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond: 'quota', burst: 7 } as const;
  expect(limitsOf(config, 100)).toEqual({ concurrency: 100, ratePerSecond: 100, burst: 7 });
  expect(limitsOf(DEFAULT_WORKSPACE_CONFIG, 64)).toMatchObject({ concurrency: 64, ratePerSecond: 0 });
});

test('a bucket that was never used is full', () => {
  expect(refill(undefined, 10, 5, 1_000)).toEqual({ tokens: 5 * TOKEN, atUs: 1_000 });
});

test('a refill adds rate times time and stops at the burst', () => {
  const bucket = { tokens: 0, atUs: 0 };
  expect(startsAllowed(refill(bucket, 10, 5, 300_000))).toBe(3);
  expect(refill(bucket, 10, 5, 3_600_000_000).tokens).toBe(5 * TOKEN);
});

test('a clock that goes backwards adds nothing and takes nothing', () => {
  expect(refill({ tokens: 7, atUs: 1_000 }, 10, 5, 0)).toEqual({ tokens: 7, atUs: 1_000 });
});

test('a lowered burst holds at once', () => {
  expect(startsAllowed(refill({ tokens: 9 * TOKEN, atUs: 10 }, 1, 2, 10))).toBe(2);
});

test('at the time named for the next token there is one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: TOKEN - 1 }),
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.double({ min: 0.1, max: 10_000, noNaN: true }),
      (tokens, atUs, rate) => {
        const bucket = { tokens, atUs };
        const atMs = nextTokenAtMs(bucket, rate);
        expect(startsAllowed(refill(bucket, rate, 1, atMs * 1_000))).toBe(1);
      },
    ),
  );
});

test('starts never exceed burst + rate x time, whenever the bucket is asked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, rate, burst) => {
        let bucket: Bucket | undefined;
        let nowUs = 0;
        let starts = 0;
        for (const step of steps) {
          nowUs += step;
          const full = refill(bucket, rate, burst, nowUs);
          const allowed = startsAllowed(full);
          starts += allowed;
          bucket = spend(full, allowed);
        }
        expect(starts).toBeLessThanOrEqual(burst + (rate * nowUs) / 1_000_000);
      },
    ),
  );
});
