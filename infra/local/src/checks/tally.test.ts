import { expect, test } from '@jest/globals';
import { add, type JestReport, tallyOf } from './tally.ts';

const report = (changes: Partial<JestReport>): JestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...changes,
});

test('cases are counted as Jest counts them', () => {
  expect(tallyOf(report({}), 0)).toEqual({ passed: 3, failed: 0 });
  const failing = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'failed' }] };
  expect(tallyOf(report({ numFailedTests: 2, testResults: [failing] }), 1)).toEqual({ passed: 3, failed: 2 });
});

test('a file that could not be run is one failure', () => {
  const broken = { status: 'failed', assertionResults: [] };
  expect(tallyOf(report({ testResults: [broken, broken] }), 1)).toEqual({ passed: 3, failed: 2 });
});

test('a file whose clean-up failed after its cases passed is one failure', () => {
  const torn = { status: 'failed', assertionResults: [{ status: 'passed' }] };
  expect(tallyOf(report({ testResults: [torn] }), 1)).toEqual({ passed: 3, failed: 1 });
});

test('a run without a report, or that ended badly for no visible reason, is one failure', () => {
  expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  expect(tallyOf(report({}), null)).toEqual({ passed: 3, failed: 1 });
});

test('tallies add up', () => {
  expect(add({ passed: 1, failed: 2 }, { passed: 3, failed: 4 })).toEqual({ passed: 4, failed: 6 });
});
