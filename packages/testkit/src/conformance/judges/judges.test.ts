import { expect, test } from '@jest/globals';
import type { Attempt, Seen } from '../fair-system.ts';
import { heavyMinutes } from './heavy-minutes.ts';
import { longestIdleMs } from './idle-slots.ts';
import { mostInFlight } from './in-flight.ts';
import { misplaced } from './order.ts';
import { roundsUntilHeld, shareErrorPercent, weightedJain, worstLead } from './shares.ts';
import { startsBeyondTokens, tokensUsed } from './tokens.ts';
import { waitQuantile } from './waits.ts';
import { timeErrorPercent, workerTime } from './worker-time.ts';

type Given = Partial<Attempt> & { readonly start?: number; readonly end?: number };

/** Attempts of workspace `a` that were ready at 0, unless said otherwise. */
function seenOf(given: readonly Given[], atMs = 1_000): Seen {
  const attempts = given.map(({ start, end, ...more }, job) => ({
    job,
    workspace: 'a',
    priority: 0,
    readyAtMs: 0,
    startedAtMs: start,
    endedAtMs: end,
    killed: false,
    ...more,
  }));
  const started = attempts.filter(({ startedAtMs }) => startedAtMs !== undefined);
  started.sort((a, b) => (a.startedAtMs as number) - (b.startedAtMs as number));
  return { atMs, attempts, starts: started.map(({ workspace }) => workspace) };
}

const everybody = () => true;
const equal = new Map([
  ['a', 1],
  ['b', 1],
]);
const oneToThree = new Map([
  ['a', 1],
  ['b', 3],
]);
const inTurn = (turns: number, ...turn: string[]) => Array.from({ length: turns }, () => turn).flat();

test('what never starts has waited to the end; where nobody waited, no wait is good', () => {
  const seen = seenOf([{ start: 10 }, { start: 30 }, {}]);
  expect([waitQuantile(seen, 0.5, everybody), waitQuantile(seen, 0.99, everybody)]).toEqual([30, 1_000]);
  expect(waitQuantile(seen, 0.5, () => false)).toBe(Number.POSITIVE_INFINITY);
});

test('parts of the starts are held against the weights', () => {
  const fair = inTurn(100, 'a', 'b', 'b', 'b');
  expect([shareErrorPercent(fair, oneToThree), weightedJain(fair, oneToThree)]).toEqual([0, 1]);
  const blind = inTurn(100, 'a', 'b');
  expect(shareErrorPercent(blind, oneToThree)).toBeCloseTo(100);
  expect(weightedJain(blind, oneToThree)).toBeLessThan(0.9);
  expect([shareErrorPercent([], equal), weightedJain([], equal)]).toEqual([Number.POSITIVE_INFINITY, 0]);
});

test('one workspace after the other is unfair in its windows, although the parts are right', () => {
  const quanta = inTurn(20, 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b');
  expect(worstLead(quanta, equal, 4)).toBeLessThanOrEqual(1);
  const blocks = [...inTurn(80, 'a'), ...inTurn(80, 'b')];
  expect(shareErrorPercent(blocks, equal)).toBe(0);
  expect(worstLead(blocks, equal, 4)).toBe(10);
});

test('a change of weights is held from where all later windows are within the bound', () => {
  const round = ['a', ...inTurn(3, 'b')];
  const held = inTurn(20, ...round);
  expect(roundsUntilHeld(held, oneToThree, 1)).toBe(0);
  expect(roundsUntilHeld([...inTurn(12, 'a'), ...held], oneToThree, 1)).toBeGreaterThan(2);
  expect(roundsUntilHeld(inTurn(40, 'a', 'b'), oneToThree, 1)).toBe(Number.POSITIVE_INFINITY);
});

test('what runs at the same moment is counted at every moment', () => {
  const inRow = seenOf([
    { start: 0, end: 10 },
    { start: 10, end: 20 },
  ]);
  expect(mostInFlight(inRow, 'a')).toBe(1);
  const overlapping = seenOf([
    { start: 0, end: 10 },
    { start: 9.9, end: 20 },
    { start: 9.95, workspace: 'b' },
  ]);
  expect(mostInFlight(overlapping, 'a')).toBe(2);
});

test('starts are held against the tokens that there were until then', () => {
  const metered = [0, 0, 100, 200].map((start) => ({ start }));
  expect(startsBeyondTokens(seenOf(metered), 'a', 10, 2)).toBe(0);
  expect(tokensUsed(seenOf(metered), 'a', 10, 2)).toBe(1);
  const early = [0, 0, 50, 200].map((start) => ({ start }));
  expect(startsBeyondTokens(seenOf(early), 'a', 10, 2)).toBe(1);
  expect(tokensUsed(seenOf([]), 'a', 10, 2)).toBe(0);
});

test('a slot is idle while a job waits that could run, and not while none does', () => {
  const busy = seenOf([
    { start: 0, end: 400 },
    { start: 5, end: 500 },
    { start: 403, end: 700 },
  ]);
  expect(longestIdleMs(busy, { slots: 2 })).toBe(5);
  const lazy = seenOf([
    { start: 0, end: 400 },
    { start: 400, end: 500 },
  ]);
  expect(longestIdleMs(lazy, { slots: 2 })).toBe(400);
  expect(longestIdleMs(lazy, { slots: 2, limits: new Map([['a', 1]]) })).toBe(0);
  expect(longestIdleMs(seenOf([{}]), { slots: 1 })).toBe(1_000);
});

test('jobs without priority go first, then by number, then as they came', () => {
  const right = seenOf([
    { priority: 2, start: 300 },
    { priority: 1, start: 200 },
    { start: 0 },
    { readyAtMs: 50, start: 120 },
    { priority: 2, start: 400 },
  ]);
  expect(misplaced(right, 50)).toEqual([]);
  const fifo = seenOf([
    { priority: 2, start: 100 },
    { priority: 1, start: 200 },
  ]);
  expect(misplaced(fifo, 50).map(({ job }) => job)).toEqual([0]);
  const backwards = seenOf([{ start: 200 }, { start: 100 }]);
  expect(misplaced(backwards, 50).map(({ job }) => job)).toEqual([1]);
  expect(misplaced(seenOf([{ readyAtMs: 500, start: 100 }]), 50)).toHaveLength(1);
});

test('worker time is counted within the window, of what still runs too', () => {
  const seen = seenOf([
    { start: 0, end: 150 },
    { workspace: 'b', start: 120 },
    { workspace: 'b', start: 400 },
    {},
  ]);
  const times = workerTime(seen, 100, 200);
  expect([...times]).toEqual([
    ['a', 50],
    ['b', 80],
  ]);
  expect(timeErrorPercent(times, equal)).toBeCloseTo(23.08, 1);
  expect(timeErrorPercent(new Map(), equal)).toBe(Number.POSITIVE_INFINITY);
});

test('a heavy minute in which one had less than the others is found', () => {
  const minuteMs = 1_000;
  const played = (everyMs: Readonly<Record<string, number>>) =>
    seenOf(
      Object.entries(everyMs).flatMap(([workspace, every]) =>
        Array.from({ length: 300 }, (_, n) => ({ workspace, start: n * every })),
      ),
      20_000,
    );
  expect(heavyMinutes(played({ a: 5, b: 5 }), minuteMs)).toMatchObject({ leastJain: 1, topShare: 0.5 });
  expect(heavyMinutes(played({ a: 4, b: 16 }), minuteMs).leastJain).toBeLessThan(0.8);
  expect(heavyMinutes(seenOf([{ start: 0 }]), minuteMs)).toEqual({ count: 0, leastJain: 0, topShare: 0 });
});
