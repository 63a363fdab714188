import { expect, test } from '@jest/globals';
import { cohortPlace, isInCohort } from './cohort.ts';

const WORKSPACES = Array.from({ length: 10_000 }, (_, index) => `ws-${index}`);

test('a place never changes: these are part of the format', () => {
  expect(['acme', 'globex', 'ws-1', 'ws-2'].map((workspace) => cohortPlace('promotion', workspace))).toEqual([
    4865, 7813, 2504, 3071,
  ]);
});

test('a share of a large cluster is that share, also for names in a row', () => {
  for (const share of [500, 2_500]) {
    const size = WORKSPACES.filter((workspace) => isInCohort('promotion', workspace, share)).length;
    expect(Math.abs(size - share)).toBeLessThan(share / 5);
  }
});

test('two rollouts do not begin with the same tenants', () => {
  const both = WORKSPACES.filter(
    (each) => isInCohort('one', each, 500) && isInCohort('two', each, 500),
  ).length;
  // 5 % of 5 % of 10,000 is 25.
  expect(both).toBeLessThan(60);
});

test('a share takes the places below it, and not the one at it', () => {
  const place = cohortPlace('promotion', 'acme');
  expect([isInCohort('promotion', 'acme', place), isInCohort('promotion', 'acme', place + 1)]).toEqual([
    false,
    true,
  ]);
});
