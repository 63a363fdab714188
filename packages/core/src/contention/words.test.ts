import { expect, test } from '@jest/globals';
import { CONTENTION_MEASURES, type ContentionSample, DEFAULT_CONTENTION_POLICY } from './contention.ts';
import { breachInWords } from './words.ts';

const SAMPLE: ContentionSample = {
  claimP95Ms: 80,
  locksLost: 1,
  runningJobs: 200,
  stalledJobs: 3,
  startedJobs: 0,
  eventLoopP99Ms: 1_500,
  ledgerLagMs: null,
  redisMemoryBp: 7_150,
};

test('a measure in breach is said with its sample and its line, each in its own unit', () => {
  expect(CONTENTION_MEASURES.map((one) => breachInWords(one, SAMPLE, DEFAULT_CONTENTION_POLICY))).toEqual([
    'claim latency 80 ms, line 50 ms',
    'locks lost 0.5 %, line 0.1 %',
    'stalled jobs 3 of 0, line 0.1 %',
    'event loop delay 1.5 s, line 200 ms',
    'ledger lag not measured now, line 30 s',
    'redis memory 71.5 %, line 70 %',
  ]);
});

test('a measure that is under its line again is said to be, for as long as its breach lasts', () => {
  expect(breachInWords('claim_latency', { ...SAMPLE, claimP95Ms: 1 }, DEFAULT_CONTENTION_POLICY)).toBe(
    'claim latency 1 ms, under its line of 50 ms again, and not for long enough yet',
  );
});
