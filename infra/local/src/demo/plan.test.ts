import { readFileSync } from 'node:fs';
import { isWorkspaceSlug, parseTrace } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { buildPlan } from './plan.ts';

const trace = parseTrace(
  readFileSync(new URL('../../data/azure-functions-2021-sample.csv', import.meta.url), 'utf8'),
);
const plan = buildPlan(trace);
const jobsOf = (name: string) => plan.jobs.filter(({ workspace }) => workspace === name);

test('every application is a workspace, next to a noisy, a metered and three weighted ones', () => {
  const kinds = Object.groupBy(plan.workspaces, ({ kind }) => kind);
  expect([kinds.trace?.length, kinds.noisy?.length, kinds.metered?.length, kinds.weighted?.length]).toEqual([
    13, 1, 1, 3,
  ]);
  expect(kinds.weighted?.map(({ weight }) => weight)).toEqual([4, 2, 1]);
  expect(kinds.metered?.[0]?.rate).toEqual({ ratePerSecond: 5, burst: 10 });
  expect(plan.workspaces.every(({ name }) => isWorkspaceSlug(name))).toBe(true);
  expect(kinds.trace?.[0]?.name).toMatch(/^app-[0-9a-f]{8}$/);
});

test('every invocation of the trace is one job, squeezed into the time of the replay', () => {
  const fromTrace = plan.jobs.filter(({ workspace }) => workspace.startsWith('app-'));
  expect(fromTrace).toHaveLength(199);
  expect(Math.max(...fromTrace.map(({ atMs }) => atMs))).toBe(45_000);
  expect(Math.max(...fromTrace.map(({ workMs }) => workMs))).toBeLessThan(16_000);
});

test('the noisy burst is thousands of jobs at one moment', () => {
  const noisy = jobsOf('noisy-neighbour');
  expect(noisy.length).toBeGreaterThanOrEqual(4_000);
  expect(new Set(noisy.map(({ atMs }) => atMs)).size).toBe(1);
});

test('backlogs are in proportion to weights, so that they last equally long', () => {
  const perWeight = [jobsOf('gold').length / 4, jobsOf('silver').length / 2, jobsOf('bronze').length];
  expect(new Set(perWeight).size).toBe(1);
});

test('jobs come in order of time, and the work of a burst varies around its mean', () => {
  expect(plan.jobs.every(({ atMs }, index) => index === 0 || atMs >= (plan.jobs[index - 1]?.atMs ?? 0))).toBe(
    true,
  );
  const work = jobsOf('gold').map(({ workMs }) => workMs);
  expect([Math.min(...work), Math.max(...work)]).toEqual([150, 250]);
  expect(work.reduce((sum, one) => sum + one, 0) / work.length).toBeCloseTo(200, -0.5);
});
