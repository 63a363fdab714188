import { expect, test } from '@jest/globals';
import { nextRestart } from './backoff.ts';

const policy = { firstDelayMs: 500, maxDelayMs: 4_000, forgetAfterHealthyMs: 30_000 };

test('the delay doubles with every crash up to its maximum', () => {
  const delays: number[] = [];
  let crashes = 0;
  for (let crash = 0; crash < 6; crash++) {
    const next = nextRestart(policy, crashes, 100);
    crashes = next.crashes;
    delays.push(next.delayMs);
  }
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
});

test('a crash after a long healthy time counts as the first', () => {
  expect(nextRestart(policy, 5, 30_000)).toEqual({ crashes: 1, delayMs: 500 });
  expect(nextRestart(policy, 5, 29_999)).toEqual({ crashes: 6, delayMs: 4_000 });
});
