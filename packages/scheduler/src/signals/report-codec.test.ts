import { EMPTY_HISTOGRAM, histogramOf, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Report } from './report.ts';
import { decodeReport, encodeReport } from './report-codec.ts';

const numbers = fc.oneof(fc.constant(0), fc.nat({ max: 1_000_000 }));
const histograms = fc.array(fc.nat({ max: 10_000_000 }), { maxLength: 20 }).map(histogramOf);
const slugs = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);

const counts: fc.Arbitrary<WorkspaceCounts> = fc.record({
  enqueues: numbers,
  enqueueFailures: numbers,
  started: numbers,
  finished: numbers,
  failed: numbers,
  dead: numbers,
  duplicates: numbers,
  suppressed: numbers,
  late: numbers,
  stalled: numbers,
  lostLocks: numbers,
  wait: histograms,
  run: histograms,
});

const reports: fc.Arbitrary<Report> = fc.record({
  reporter: fc.string({ minLength: 1 }),
  id: fc.uuid(),
  kind: fc.constantFrom('consumer', 'dispatcher'),
  slots: fc.nat({ max: 10_000 }),
  draining: fc.boolean(),
  counts: fc.array(fc.tuple(slugs, counts), { maxLength: 10 }).map((entries) => new Map(entries)),
  vitals: fc.option(
    fc.record({ claims: histograms, locksLost: numbers, running: numbers, eventLoopP99Ms: numbers }),
    { nil: undefined },
  ),
  evidence: fc.array(
    fc.record({
      workspace: slugs,
      what: fc.constantFrom('dead', 'slow', 'duplicate'),
      traceparent: fc.string(),
    }),
    { maxLength: 5 },
  ),
});

test('what was encoded is decoded', () => {
  fc.assert(fc.property(reports, (report) => expect(decodeReport(encodeReport(report))).toEqual(report)));
});

test('what is not of this form is not read, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => expect(decodeReport(text)).toBeUndefined()),
  );
  expect(decodeReport(undefined)).toBeUndefined();
});

test('a report in which one number is no whole number is not read', () => {
  const report: Report = {
    reporter: 'one',
    id: '1',
    kind: 'consumer',
    slots: 64,
    draining: false,
    counts: new Map([['acme', { ...NO_COUNTS, started: 70_001 }]]),
    vitals: { claims: EMPTY_HISTOGRAM, locksLost: 0, running: 1, eventLoopP99Ms: 3 },
    evidence: [],
  };
  const text = encodeReport(report);
  expect(decodeReport(text)).toEqual(report);
  for (const bad of ['-1', '0.5', '"7"', 'null', '1e300']) {
    expect(decodeReport(text.replace('70001', bad))).toBeUndefined();
  }
});

test('a workspace in which little happened takes little', () => {
  const quiet = new Map([['acme', { ...NO_COUNTS, started: 3, finished: 3 }]]);
  const report = { reporter: 'one', id: '1', kind: 'dispatcher', slots: 0, draining: false } as const;
  const lengthOf = (some: Report['counts']) =>
    encodeReport({ ...report, counts: some, vitals: undefined, evidence: [] }).length;
  expect(lengthOf(quiet) - lengthOf(new Map())).toBe('["acme",12,3,3]'.length);
});
