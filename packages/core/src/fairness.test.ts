import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advanceClock, charge, nextInRing, startTag, worthRemembering } from './fairness.ts';

test('a workspace that was idle starts at the clock and has saved up nothing', () => {
  expect(startTag(undefined, 42)).toBe(42);
  expect(startTag(7, 42)).toBe(42);
});

test('a workspace that was served ahead of the clock keeps its tag', () => {
  expect(startTag(50, 42)).toBe(50);
  expect(worthRemembering(50, 42)).toBe(true);
  expect(worthRemembering(42, 42)).toBe(false);
});

test('the least tag goes first, ties by name', () => {
  expect(
    nextInRing(
      new Map([
        ['b', 1],
        ['a', 1],
        ['c', 0.5],
      ]),
    ),
  ).toEqual({ workspace: 'c', tag: 0.5 });
  expect(
    nextInRing(
      new Map([
        ['b', 1],
        ['a', 1],
      ]),
    ),
  ).toEqual({ workspace: 'a', tag: 1 });
  expect(nextInRing(new Map())).toBeUndefined();
});

test('the clock never runs backwards', () => {
  expect(advanceClock(5, 3)).toBe(5);
  expect(advanceClock(5, 8)).toBe(8);
});

test('backlogged workspaces get starts in proportion to their weights, within one quantum', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      (weights, quantum) => {
        const ring = new Map(weights.map((_, i) => [`w${i}`, 0]));
        const starts = weights.map(() => 0);
        for (let visit = 0; visit < 2_000; visit++) {
          const head = nextInRing(ring) as { workspace: string; tag: number };
          const index = Number(head.workspace.slice(1));
          starts[index] = (starts[index] as number) + quantum;
          ring.set(head.workspace, charge(head.tag, quantum, weights[index] as number));
        }
        // SFQ: normalized service of two backlogged flows differs by at most l/r of each.
        for (let i = 1; i < weights.length; i++) {
          const a = (starts[0] as number) / (weights[0] as number);
          const b = (starts[i] as number) / (weights[i] as number);
          const bound = quantum / (weights[0] as number) + quantum / (weights[i] as number);
          expect(Math.abs(a - b)).toBeLessThanOrEqual(bound + 1e-6);
        }
      },
    ),
  );
});
