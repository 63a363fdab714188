import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { estimateStart, type Prospects } from './estimate.ts';
import { TOKEN } from './quota.ts';

const NOW_MS = 1_700_000_000_000;
const NONE = { starts: 0, allStarts: 0, allWeights: 0, windowMs: 0 };
const prospects = (more: Partial<Prospects> = {}): Prospects => ({
  nowMs: NOW_MS,
  weight: 1,
  recent: { starts: 100, allStarts: 100, allWeights: 1, windowMs: 10_000 },
  slotsTaken: false,
  awaitsTokens: false,
  ...more,
});
/** Seconds from now. */
const seconds = (position: number, more: Partial<Prospects> = {}) => {
  const at = estimateStart(position, prospects(more));
  return at === undefined ? undefined : (at - NOW_MS) / 1_000;
};

test('ten starts a second bring the 50th in line its turn in five seconds', () => {
  expect(seconds(50)).toBe(5);
});

test('without any service lately nothing is said', () => {
  expect(seconds(1, { recent: NONE })).toBeUndefined();
});

test('a workspace that had no work lately is promised the part that its weight entitles it to', () => {
  const recent = { starts: 0, allStarts: 100, allWeights: 3, windowMs: 10_000 };
  expect(seconds(10, { recent })).toBe(4);
  expect(seconds(10, { recent, weight: 3 })).toBe(2);
});

test('while its slots are taken only the pace of its own jobs counts', () => {
  const recent = { starts: 10, allStarts: 1_000, allWeights: 2, windowMs: 10_000 };
  expect(seconds(5, { recent, slotsTaken: true })).toBe(5);
  expect(seconds(5, { recent })).toBe(0.1);
  expect(seconds(5, { recent: { ...recent, starts: 0 }, slotsTaken: true })).toBeUndefined();
});

test('the tokens that are missing are waited for, also where nothing was started lately', () => {
  const quota = { ratePerSecond: 2, burst: 4, bucket: { tokens: TOKEN, atUs: NOW_MS * 1_000 } };
  expect(seconds(1, { quota, recent: NONE, awaitsTokens: true })).toBe(0);
  expect(seconds(7, { quota, recent: NONE, awaitsTokens: true })).toBe(3);
  expect(seconds(7, { quota })).toBe(3);
  expect(seconds(7, { quota, recent: NONE })).toBeUndefined();
});

test("BullMQ's own limit is waited for", () => {
  expect(seconds(1, { notBeforeMs: NOW_MS + 9_000 })).toBe(9);
});

test('what would be years away is not said', () => {
  const recent = { starts: 1, allStarts: 1, allWeights: 1, windowMs: 20_000 };
  expect(seconds(10_000_000, { recent })).toBeUndefined();
});

const anyProspects = fc
  .record({
    weight: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
    own: fc.integer({ min: 0, max: 5_000 }),
    others: fc.integer({ min: 0, max: 50_000 }),
    othersWeight: fc.double({ min: 0.001, max: 10_000, noNaN: true }),
    windowMs: fc.integer({ min: 1, max: 20_000 }),
    slotsTaken: fc.boolean(),
    awaitsTokens: fc.boolean(),
    rate: fc.option(fc.double({ min: 0.001, max: 10_000, noNaN: true })),
    burst: fc.integer({ min: 1, max: 1_000 }),
    tokens: fc.integer({ min: 0, max: 10 * TOKEN }),
    ageMs: fc.integer({ min: -1_000, max: 60_000 }),
    notBeforeMs: fc.option(fc.integer({ min: -10_000, max: 100_000 })),
  })
  .map(
    (given): Prospects => ({
      nowMs: NOW_MS,
      weight: given.weight,
      recent: {
        starts: given.own,
        allStarts: given.own + given.others,
        allWeights: (given.own > 0 ? given.weight : 0) + (given.others > 0 ? given.othersWeight : 0),
        windowMs: given.windowMs,
      },
      slotsTaken: given.slotsTaken,
      awaitsTokens: given.awaitsTokens && given.rate !== null,
      ...(given.rate === null
        ? {}
        : {
            quota: {
              ratePerSecond: given.rate,
              burst: given.burst,
              bucket: { tokens: given.tokens, atUs: (NOW_MS - given.ageMs) * 1_000 },
            },
          }),
      ...(given.notBeforeMs === null ? {} : { notBeforeMs: NOW_MS + given.notBeforeMs }),
    }),
  );
const anyPosition = fc.integer({ min: 1, max: 100_000 });

test('an estimate is a whole time from now on, and not before what it has to wait for', () => {
  fc.assert(
    fc.property(anyPosition, anyProspects, (position, of) => {
      const at = estimateStart(position, of);
      if (at === undefined) return;
      expect(Number.isSafeInteger(at)).toBe(true);
      expect(at).toBeGreaterThanOrEqual(NOW_MS);
      expect(at).toBeGreaterThanOrEqual(of.notBeforeMs ?? 0);
      expect(new Date(at).toISOString()).toBeDefined();
    }),
  );
});

test('who is further back is never told an earlier time', () => {
  fc.assert(
    fc.property(anyPosition, anyPosition, anyProspects, (a, b, of) => {
      const sooner = estimateStart(Math.min(a, b), of);
      const later = estimateStart(Math.max(a, b), of);
      if (sooner === undefined) expect(later).toBeUndefined();
      else if (later !== undefined) expect(later).toBeGreaterThanOrEqual(sooner);
    }),
  );
});

test('more service, more weight or more tokens never make it later', () => {
  fc.assert(
    fc.property(anyPosition, anyProspects, fc.integer({ min: 1, max: 1_000 }), (position, of, more) => {
      const before = estimateStart(position, of);
      if (before === undefined) return;
      const { recent, quota, weight } = of;
      const moreService = {
        ...recent,
        allStarts: recent.allStarts + more,
        starts: recent.starts + (recent.starts > 0 ? more : 0),
      };
      const moreTokens = quota?.bucket && {
        ...quota,
        bucket: { ...quota.bucket, tokens: quota.bucket.tokens + more },
      };
      const better: Prospects[] = [
        // Where there was none at all, its pace was not known, and only the tokens were waited for.
        ...(recent.allStarts > 0 ? [{ ...of, recent: moreService }] : []),
        ...(recent.starts === 0 ? [{ ...of, weight: weight + more }] : []),
        ...(moreTokens ? [{ ...of, quota: moreTokens }] : []),
      ];
      for (const changed of better) expect(estimateStart(position, changed)).toBeLessThanOrEqual(before);
    }),
  );
});

test('something is said exactly when there was service, or tokens are all it waits for', () => {
  fc.assert(
    fc.property(anyProspects, (of) => {
      const served = of.slotsTaken ? of.recent.starts > 0 : of.recent.allStarts > 0;
      const at = estimateStart(1, of);
      if (at !== undefined) expect(served || of.awaitsTokens).toBe(true);
      else if (served) {
        // Only because it would be too far away.
        const rate = of.recent.starts / of.recent.windowMs;
        expect(rate).toBeLessThan(1);
      } else expect(of.awaitsTokens).toBe(false);
    }),
  );
});
