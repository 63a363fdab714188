import { ONE_IN_BP } from '../decision/rate.ts';

/**
 * Durations as counts in logarithmic buckets: what replicas flush, and what windows and pages add together.
 *
 * Each power of two is cut into 16 buckets of equal width; below 16 ms every millisecond has its own. A value v is in
 * a bucket no wider than v / 16, and a quantile answers with the bucket's upper edge: **never less than the true
 * nearest-rank value, and more by less than 1/16 (6.25 %)**. Too high is the safe side, since every line drawn
 * against a duration is a "less than". Exact samples were rejected: a day of one busy workspace is 10 million of
 * them, the buckets are at most 448 pairs however long it runs. Eight to a power (12.5 %) would let a true 160 s
 * count as the limit of 180 s; thirty-two would double what 50,000 workspaces flush for an error nobody acts on.
 *
 * A histogram is a flat sorted list bucket, count, bucket, count, …: as small in JSON as it gets, and merged in one
 * pass. Merging is exact, associative and commutative: the quantile of the merged is the quantile of all values.
 */
export type Histogram = readonly number[];

const SUB_BITS = 4;
const SUB = 1 << SUB_BITS;
/** Durations above 2^31 − 1 ms (24.8 days) count as that. */
const MAX_MS = 2 ** 31 - 1;

export const EMPTY_HISTOGRAM: Histogram = Object.freeze([]);

/** The largest share by which a quantile may exceed the true value, in basis points. */
export const HISTOGRAM_ERROR_BP = ONE_IN_BP / SUB;

/** The bucket of a duration: below 0 counts as 0, fractions are rounded up. */
export function bucketOf(valueMs: number): number {
  const value = Math.min(MAX_MS, Math.max(0, Math.ceil(valueMs)));
  if (value < SUB) return value;
  const exponent = 31 - Math.clz32(value);
  const shift = exponent - SUB_BITS;
  return (shift + 1) * SUB + ((value >>> shift) - SUB);
}

/** The largest duration in a bucket, ms. */
export function upperEdgeMs(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  return (SUB + (bucket % SUB) + 1) * 2 ** shift - 1;
}

/** The histogram of counts by bucket, as a replica keeps them between two flushes. */
export function histogramFrom(counts: Iterable<readonly [bucket: number, count: number]>): Histogram {
  const pairs = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return pairs.flat();
}

/** The histogram of some durations, ms. */
export function histogramOf(valuesMs: Iterable<number>): Histogram {
  const counts = new Map<number, number>();
  for (const value of valuesMs) {
    const bucket = bucketOf(value);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return histogramFrom(counts);
}

/** All values of both. */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const right = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    const count = (left <= right ? (a[i + 1] as number) : 0) + (right <= left ? (b[j + 1] as number) : 0);
    merged.push(Math.min(left, right), count);
    if (left <= right) i += 2;
    if (right <= left) j += 2;
  }
  return merged;
}

/** How many values are in it. */
export function samplesIn(histogram: Histogram): number {
  let samples = 0;
  for (let i = 1; i < histogram.length; i += 2) samples += histogram[i] as number;
  return samples;
}

/** A quantile with the number of values it stands on; 0 of none. */
export interface Quantile {
  readonly valueMs: number;
  readonly samples: number;
}

/** The 0-based index of the nearest rank among n ascending values: ⌈q·n⌉ − 1, in integers. */
export function nearestRankIndex(samples: number, quantileBp: number): number {
  return Math.max(0, Math.floor((samples * quantileBp + ONE_IN_BP - 1) / ONE_IN_BP) - 1);
}

/**
 * The quantile by nearest rank, as the upper edge of the bucket it is in (see the error bound above).
 *
 * @param quantileBp in (0, 10,000]: 9,500 is p95
 */
export function quantileOf(histogram: Histogram, quantileBp: number): Quantile {
  const samples = samplesIn(histogram);
  if (samples === 0) return { valueMs: 0, samples };
  let left = nearestRankIndex(samples, quantileBp);
  for (let i = 0; i < histogram.length; i += 2) {
    left -= histogram[i + 1] as number;
    if (left < 0) return { valueMs: upperEdgeMs(histogram[i] as number), samples };
  }
  return { valueMs: 0, samples };
}

/** p95 by nearest rank of ages known one by one, each clamped at 0 (clocks differ); 0 of none. Exact. */
export function queueAgeP95(agesMs: readonly number[]): Quantile {
  const ascending = agesMs.map((age) => Math.max(0, age)).sort((a, b) => a - b);
  return { valueMs: ascending[nearestRankIndex(ascending.length, 9_500)] ?? 0, samples: ascending.length };
}
