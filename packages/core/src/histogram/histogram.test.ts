import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RUNS } from '../../test/engine/builders.ts';
import {
  bucketOf,
  EMPTY_HISTOGRAM,
  HISTOGRAM_ERROR_BP,
  histogramOf,
  mergeHistograms,
  nearestRankIndex,
  quantileOf,
  samplesIn,
  upperEdgeMs,
} from './histogram.ts';

const durations = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 })), { maxLength: 60 });

test('a value lies in its bucket, and the buckets follow each other without gap', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (value) => {
      const bucket = bucketOf(value);
      expect(value).toBeLessThanOrEqual(upperEdgeMs(bucket));
      if (bucket > 0) expect(value).toBeGreaterThan(upperEdgeMs(bucket - 1));
    }),
    RUNS,
  );
  expect(bucketOf(2 ** 31 - 1)).toBe(447);
  expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(447);
});

test('a quantile is never less than the true nearest rank, and more by less than the stated error', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(5_000, 9_500, 9_900, 10_000), (values, quantile) => {
      fc.pre(values.length > 0);
      const truth = [...values].sort((a, b) => a - b)[nearestRankIndex(values.length, quantile)] as number;
      const { valueMs, samples } = quantileOf(histogramOf(values), quantile);
      expect(samples).toBe(values.length);
      expect(valueMs).toBeGreaterThanOrEqual(truth);
      expect((valueMs - truth) * 10_000).toBeLessThanOrEqual(truth * HISTOGRAM_ERROR_BP);
    }),
    RUNS,
  );
});

test('merging is exact, in any order and grouping', () => {
  fc.assert(
    fc.property(durations, durations, durations, (a, b, c) => {
      const [x, y, z] = [histogramOf(a), histogramOf(b), histogramOf(c)];
      const all = histogramOf([...a, ...b, ...c]);
      expect(mergeHistograms(mergeHistograms(x, y), z)).toEqual(all);
      expect(mergeHistograms(z, mergeHistograms(y, x))).toEqual(all);
      expect(samplesIn(all)).toBe(a.length + b.length + c.length);
      expect(mergeHistograms(x, EMPTY_HISTOGRAM)).toEqual(x);
    }),
    RUNS,
  );
});
