import { expect, test } from '@jest/globals';
import type { PlannedWorkspace } from './plan.ts';
import { complaints, type JobFate, summarize as summarizeRecords } from './result.ts';

const workspaces: PlannedWorkspace[] = [
  { name: 'a', kind: 'weighted', weight: 1 },
  { name: 'b', kind: 'weighted', weight: 2 },
  { name: 'm', kind: 'metered', weight: 1, rate: { ratePerSecond: 1, burst: 1 } },
];

const summarize = (
  of: readonly PlannedWorkspace[],
  became: readonly JobFate[],
  replicas: number,
  seconds: number,
) =>
  summarizeRecords({
    workspaces: of,
    fates: became,
    replicas,
    seconds,
    seenIdleAtMs: new Map(),
    decisions: new Map([['autoscale ramp_step', 2]]),
  });

function ran(workspace: string, everyMs: number): JobFate[] {
  return Array.from({ length: Math.floor(5_500 / everyMs) }, (_, index) => {
    const startedAtMs = (index + 1) * everyMs;
    return { workspace, fate: 'succeeded', createdAtMs: 0, startedAtMs, finishedAtMs: startedAtMs + 5 };
  });
}

const fates = [...ran('a', 100), ...ran('b', 50), ...ran('m', 1_000)];

test('the result has exactly the promised form', () => {
  const result = summarize(workspaces, fates, 2, 61.24);
  expect(result).toEqual({
    jobs: { accepted: 170, completed: 170, failed: 0, lost: 0 },
    replicas: 2,
    workspaces: [
      { name: 'a', weight: 1, accepted: 55, completed: 55, waitMsP50: 2_800, waitMsP95: 5_300 },
      { name: 'b', weight: 2, accepted: 110, completed: 110, waitMsP50: 2_750, waitMsP95: 5_250 },
      { name: 'm', weight: 1, accepted: 5, completed: 5, waitMsP50: 3_000, waitMsP95: 5_000 },
    ],
    fairness: { jain: expect.any(Number), jainMin: expect.any(Number), windows: 5 },
    decisions: { 'autoscale ramp_step': 2 },
    seconds: 61.2,
  });
  expect(complaints(result, 0)).toEqual([]);
});

test('a workspace that is held by its own quota is not in the windows', () => {
  const unfair = summarize(
    [{ ...workspaces[2]!, kind: 'weighted' } as PlannedWorkspace, workspaces[0]!],
    fates,
    2,
    1,
  );
  expect(unfair.fairness.windows).toBe(0);
});

test('every reason to fail is told', () => {
  const bad: JobFate[] = [
    ...fates,
    { workspace: 'a', fate: 'dead', why: 'boom' },
    { workspace: 'b', fate: 'lost', why: 'the dispatcher does not know it' },
  ];
  const result = summarize(workspaces, bad, 2, 60);
  expect(result.jobs).toEqual({ accepted: 172, completed: 170, failed: 1, lost: 1 });
  expect(complaints(result, 3)).toEqual([
    '3 jobs were refused by the dispatcher',
    '1 of 172 jobs failed',
    '1 of 172 accepted jobs did not finish',
  ]);
});

test('unfair service and service that cannot be judged are failures', () => {
  const equal = summarize(
    [workspaces[0]!, { ...workspaces[1]!, weight: 8 }],
    [...ran('a', 50), ...ran('b', 50)],
    2,
    60,
  );
  expect(complaints(equal, 0)[0]).toMatch(
    /^service was not fair: Jain's index is 0\.\d+, and 0\.95 is asked for$/,
  );
  expect(complaints(summarize(workspaces, [], 2, 0), 0)).toEqual([
    'no job was completed',
    expect.stringContaining('fairness could not be judged'),
  ]);
});

test('a light workspace that had to wait is a failure, a backlogged one is not', () => {
  const result = summarize(workspaces, [...ran('a', 50), ...ran('b', 50)], 2, 60);
  const slow = { ...result, workspaces: result.workspaces.map((one) => ({ ...one, waitMsP95: 2_001 })) };
  expect(complaints(slow, 0, new Set(['a']))).toContainEqual(
    'a waited too long beside the noisy one: p95 2001 ms, at most 2000 is asked for',
  );
  expect(complaints(slow, 0, new Set()).join()).not.toContain('waited too long');
});
