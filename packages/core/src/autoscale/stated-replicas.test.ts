import { describe, expect, test } from '@jest/globals';
import { statedReplicas } from './stated-replicas.ts';

/**
 * Kubernetes' algorithm for an external metric of type AverageValue with a target of 1: everything in thousandths, a
 * tolerance for each direction, and what is left is rounded up. KEDA hands the number on in thousandths, cut off.
 */
function autoscaler(replicas: number, stated: number, tolerance: { up: number; down: number }): number {
  const thousandths = Math.trunc((stated / 100) * 1_000);
  const ratio = thousandths / (1_000 * replicas);
  if (ratio >= 1 - tolerance.down && ratio <= 1 + tolerance.up) return replicas;
  return Math.ceil(thousandths / 1_000);
}

/** Where replicas end up when all that is asked for starts. */
function settle(from: number, wanted: number, told: number, tolerance: { up: number; down: number }): number {
  let replicas = from;
  for (let round = 0; round < 20; round++) {
    const next = autoscaler(replicas, statedReplicas(wanted, replicas, told), tolerance);
    if (next === replicas) return replicas;
    replicas = next;
  }
  throw new Error(`from ${from} to ${wanted}: no rest`);
}

const SIZES = Array.from({ length: 200 }, (_, i) => i + 1);
const pairs = SIZES.flatMap((from) => SIZES.map((wanted) => [from, wanted] as const));

describe('over the autoscaler of Kubernetes', () => {
  test('a plain number is swallowed: 17 wanted of 16', () => {
    expect(autoscaler(16, 1_700, { up: 0.1, down: 0.1 })).toBe(16);
  });

  test('with its usual tolerance replicas come to no fewer than wanted, and to at most a tenth more', () => {
    const wrong = pairs.filter(([from, wanted]) => {
      const rest = settle(from, wanted, 1_000, { up: 0.1, down: 0.1 });
      return rest < wanted || rest > Math.floor(wanted / 0.9) + 1;
    });
    expect(wrong).toEqual([]);
  });

  test('with a tolerance of 0 on both sides they come to what is wanted', () => {
    expect(pairs.filter(([from, wanted]) => settle(from, wanted, 0, { up: 0, down: 0 }) !== wanted)).toEqual(
      [],
    );
  });

  test('a cluster with less tolerance than it was told of comes to no fewer either', () => {
    expect(
      pairs.filter(([from, wanted]) => settle(from, wanted, 1_000, { up: 0, down: 0 }) < wanted),
    ).toEqual([]);
  });

  test('not knowing what runs, any cluster below comes to no fewer than wanted, and one that is there stays', () => {
    const tolerance = { up: 0.1, down: 0.1 };
    const wrong = pairs.filter(([from, wanted]) => {
      const next = autoscaler(from, statedReplicas(wanted, null, 1_000), tolerance);
      return from === wanted ? next !== wanted : next < wanted;
    });
    expect(wrong).toEqual([]);
  });

  test('replicas that do not start are asked for again, and not more of them', () => {
    for (const wanted of SIZES) {
      for (let running = 0; running <= wanted; running++) {
        const stated = statedReplicas(wanted, running, 1_000);
        expect(stated).toBeGreaterThanOrEqual(wanted * 100);
        expect(stated).toBeLessThanOrEqual(Math.ceil(wanted * 110));
      }
    }
  });
});
