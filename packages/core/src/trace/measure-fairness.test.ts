import { expect, test } from '@jest/globals';
import { measureFairness } from './measure-fairness.ts';

/** Jobs that were all there at `createdAtMs` and then started one every `everyMs`. */
function backlog(name: string, weight: number, everyMs: number, untilMs: number, createdAtMs = 0) {
  const jobs: { createdAtMs: number; startedAtMs: number }[] = [];
  for (let at = createdAtMs + everyMs; at <= untilMs; at += everyMs)
    jobs.push({ createdAtMs, startedAtMs: at });
  return { name, weight, jobs };
}

test('service in proportion to weights is perfectly fair', () => {
  const fairness = measureFairness([
    backlog('a', 1, 100, 5_500),
    backlog('b', 2, 50, 5_500),
    backlog('c', 4, 25, 5_500),
  ]);
  expect(fairness.windows).toBe(5);
  expect(fairness.jain).toBeGreaterThan(0.999);
});

test('equal service despite weights is not fair', () => {
  const { jain } = measureFairness([backlog('a', 1, 50, 5_500), backlog('b', 4, 50, 5_500)]);
  expect(jain).toBeCloseTo((1 + 1 / 4) ** 2 / (2 * (1 + 1 / 16)), 2);
});

test('a window in which one workspace was starved pulls the minimum down', () => {
  const starved = {
    name: 'b',
    weight: 1,
    jobs: [100, 900, 2_100, 2_900, 3_100].map((startedAtMs) => ({ createdAtMs: 0, startedAtMs })),
  };
  const fairness = measureFairness([backlog('a', 1, 500, 3_600), starved]);
  expect(fairness.windows).toBe(3);
  expect(fairness.jainMin).toBe(0.5);
});

test('a workspace counts only in windows during the whole of which it had a job waiting', () => {
  // b's backlog runs empty within the second window and is there again later in it.
  const b = {
    name: 'b',
    weight: 1,
    jobs: [
      { createdAtMs: 0, startedAtMs: 1_300 },
      { createdAtMs: 1_400, startedAtMs: 2_500 },
    ],
  };
  expect(measureFairness([backlog('a', 1, 100, 3_500), b]).windows).toBe(1);
});

test('nothing to compare is no window at all', () => {
  expect(measureFairness([])).toEqual({ jain: 0, jainMin: 0, windows: 0 });
  expect(measureFairness([backlog('alone', 1, 100, 5_000)])).toEqual({ jain: 0, jainMin: 0, windows: 0 });
});

test('a window in which nobody was served says nothing', () => {
  const fairness = measureFairness([backlog('a', 1, 3_000, 9_000), backlog('b', 1, 3_000, 9_000)]);
  expect(fairness).toEqual({ jain: 1, jainMin: 1, windows: 2 });
});

test('a job that starts the moment it is created leaves no backlog', () => {
  const prompt = {
    name: 'p',
    weight: 1,
    jobs: [0, 500, 1_000, 1_500].map((at) => ({ createdAtMs: at, startedAtMs: at })),
  };
  expect(measureFairness([prompt, backlog('a', 1, 100, 2_500)]).windows).toBe(0);
});

test('a job that was started anew has not waited while its workspace was seen without a waiting one', () => {
  const restarted = { name: 'r', weight: 1, jobs: [{ createdAtMs: 0, startedAtMs: 4_500 }] };
  const steady = [backlog('a', 1, 100, 4_500), backlog('b', 1, 100, 4_500)];
  expect(measureFairness([...steady, restarted]).jain).toBeLessThan(0.7);
  const seen = { ...restarted, seenIdleAtMs: [500, 1_500, 2_500, 3_500] };
  expect(measureFairness([...steady, seen])).toEqual({
    jain: expect.closeTo(1, 2),
    jainMin: expect.closeTo(1, 2),
    windows: 4,
  });
});
