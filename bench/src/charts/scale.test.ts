import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linearScale, logScale } from './scale.ts';

test('a linear scale goes from 0 to a round number above all values', () => {
  const scale = linearScale([33_100, 8_000]);
  expect(scale.ticks).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
  expect([0, 20_000, 40_000].map(scale.place)).toEqual([0, 0.5, 1]);
  expect(linearScale([0.7]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
});

test('a logarithmic scale has a tick for each power of ten, and a place for 0 before them', () => {
  const scale = logScale([1, 100, 10_000]);
  expect(scale.ticks).toEqual([1, 10, 100, 1_000, 10_000]);
  expect([1, 100, 10_000].map(scale.place)).toEqual([0, 0.5, 1]);
  const withZero = logScale([0, 100, 10_000]);
  expect(withZero.ticks).toEqual([0, 100, 1_000, 10_000]);
  expect(withZero.place(0)).toBe(0);
  expect(withZero.place(100)).toBeCloseTo(1 / 3);
});

test('of nothing, and of zeros alone, there is a scale too', () => {
  for (const values of [[], [0], [0, 0]]) {
    expect(linearScale(values).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(logScale(values).place(10)).toBe(1);
  }
});

test('every value has a place on its scale, and greater ones are further', () => {
  const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.constantFrom(linearScale, logScale), (values, make) => {
      const scale = make(values);
      const places = values.toSorted((a, b) => a - b).map(scale.place);
      for (const [i, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual(-1e-6);
        expect(place).toBeLessThanOrEqual(1 + 1e-6);
        if (i > 0) expect(place).toBeGreaterThanOrEqual(places[i - 1] as number);
      }
      expect(scale.ticks.length).toBeLessThan(20);
    }),
  );
});
