import { EMPTY_HISTOGRAM, histogramOf, NO_COUNTS } from '@fairlead/core';
import type { Report } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { createVitals, NOTHING_TOLD } from './vitals.ts';

const NOW_MS = 1_000_000;
const TICK_MS = 15_000;

function report(reporter: string, vitals: Partial<NonNullable<Report['vitals']>> = {}, stalled = 0): Report {
  return {
    ...{ reporter, id: reporter, kind: 'consumer', slots: 10, draining: false, evidence: [] },
    counts: new Map([['acme', { ...NO_COUNTS, started: 10, stalled }]]),
    vitals: { claims: EMPTY_HISTOGRAM, locksLost: 0, running: 4, eventLoopP99Ms: 10, ...vitals },
  };
}

test('the replicas are taken together: all claims, the locks and stalls of all, the worst loop', () => {
  const vitals = createVitals();
  vitals.add(NOW_MS - 2_000, report('a', { claims: histogramOf([1, 1, 1]), locksLost: 1 }));
  vitals.add(NOW_MS - 1_000, report('b', { claims: histogramOf([100]), eventLoopP99Ms: 300 }, 2));
  const sample = vitals.take(NOW_MS - TICK_MS, NOW_MS);
  expect(sample).toMatchObject({
    locksLost: 1,
    runningJobs: 8,
    stalledJobs: 2,
    startedJobs: 20,
    eventLoopP99Ms: 300,
  });
  expect(sample.claimP95Ms).toBeGreaterThanOrEqual(100);
});

test('each report is in one sample, also when the clock of Redis is some seconds behind', () => {
  const vitals = createVitals();
  const behindMs = 3_000;
  vitals.take(NOW_MS - TICK_MS, NOW_MS);
  vitals.add(NOW_MS + 500 - behindMs, report('a', {}, 1));
  vitals.add(NOW_MS + 14_000 - behindMs, report('a'));
  expect(vitals.take(NOW_MS, NOW_MS + TICK_MS)).toMatchObject({ stalledJobs: 1, startedJobs: 20 });
  expect(vitals.take(NOW_MS + TICK_MS, NOW_MS + 2 * TICK_MS)).toEqual(NOTHING_TOLD);
});

test('a tick that comes late has not measured longer; when no replica is there nothing is known', () => {
  const vitals = createVitals();
  expect(vitals.take(NOW_MS - TICK_MS, NOW_MS)).toEqual(NOTHING_TOLD);
  vitals.add(NOW_MS, report('a', {}, 7));
  vitals.add(NOW_MS + 595_000, report('a'));
  expect(vitals.take(NOW_MS + 570_000, NOW_MS + 600_000)).toMatchObject({ stalledJobs: 0 });
});
