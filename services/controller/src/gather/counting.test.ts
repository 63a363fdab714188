import { histogramOf, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { createCountedWindows } from '@fairlead/ledger';
import type { Report } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { createCounting } from './counting.ts';

const nothingSaved = () => ({ cursor: undefined, head: undefined, windows: createCountedWindows() });

function report(counts: Record<string, Partial<WorkspaceCounts>>, more: Partial<Report> = {}): Report {
  return {
    reporter: 'r1',
    id: 'x',
    kind: 'consumer',
    slots: 64,
    draining: false,
    counts: new Map(Object.entries(counts).map(([name, some]) => [name, { ...NO_COUNTS, ...some }])),
    vitals: { claims: histogramOf([5, 7]), locksLost: 1, running: 10, eventLoopP99Ms: 12.4 },
    evidence: [],
    ...more,
  };
}

/** A stream whose cursor is the number of reports that were read. */
function stream(...reports: [atMs: number, report: Report][]) {
  let trimmed = 0;
  return {
    push: (atMs: number, each: Report) => void reports.push([atMs, each]),
    trim: (to: number) => {
      trimmed = to;
    },
    async readReports(after: string | undefined, limit: number) {
      const from = Math.max(Number(after ?? 0), trimmed);
      const page = reports.slice(from, from + limit);
      return {
        reports: page.map(([atMs, each]) => ({ atMs, report: each })),
        cursor: String(from + page.length),
        lost: after !== undefined && Number(after) < trimmed,
      };
    },
  };
}

test('a new leader goes on where the counts that were saved end', async () => {
  const source = stream([1_000, report({ acme: { finished: 3 } })]);
  const first = createCounting(source, nothingSaved());
  first.windows.follow('acme', { startMs: 1_000, endMs: 2_000 });
  await first.read();
  const { windows: counted, ...saved } = first.toSave({ tickedAtMs: 1_000, drilledAtMs: 0, contention: [] });
  const windows = createCountedWindows();
  windows.add('acme', 1_000, counted.get('acme', 1_000) ?? NO_COUNTS);
  source.push(1_500, report({ acme: { finished: 4 } }));
  await first.read();

  const second = createCounting(source, {
    ...saved,
    head: JSON.parse(JSON.stringify(saved.head)),
    windows,
  });
  second.windows.follow('acme', { startMs: 1_000, endMs: 2_000 });
  second.windows.forgetOthers();
  await second.read();
  for (const each of [first, second]) {
    expect(each.windows.countsOf('acme', 1_000).finished).toBe(7);
    expect(each.endedSince(0)).toEqual({ finished: 7, dead: 0 });
  }
});

test('what covers a time of which reports were trimmed is not known', async () => {
  const source = stream(
    [1_000, report({ acme: { finished: 3 } })],
    [2_000, report({})],
    [3_000, report({ acme: { finished: 5 } })],
  );
  const counting = createCounting(source, {
    ...nothingSaved(),
    cursor: '1',
    head: { version: 1, readToMs: 1_000 },
  });
  source.trim(2);
  expect(await counting.read()).toEqual({ reports: 1, lost: true });
  expect(counting.isWhole({ startMs: 0, endMs: 1_000 })).toBe(true);
  expect(counting.isWhole({ startMs: 0, endMs: 1_001 })).toBe(false);
  expect(counting.isWhole({ startMs: 2_999, endMs: 4_000 })).toBe(false);
  expect(counting.isWhole({ startMs: 3_001, endMs: 4_000 })).toBe(true);
  expect(counting.endedSince(500)).toBeNull();
  expect(counting.endedSince(3_001)).toEqual({ finished: 5, dead: 0 });
  const { head } = counting.toSave({ tickedAtMs: 0, drilledAtMs: 0, contention: [] });
  expect(createCounting(source, { ...nothingSaved(), head }).isWhole({ startMs: 0, endMs: 1_500 })).toBe(
    false,
  );
});

test('the vitals of one sample are put together, and counted once', async () => {
  const vitals = { claims: histogramOf([300]), locksLost: 2, running: 4, eventLoopP99Ms: 90 };
  const source = stream(
    [-4_001, report({}, { vitals: { ...vitals, eventLoopP99Ms: 999 } })],
    [1_000, report({ acme: { started: 5, stalled: 1 } })],
    [1_500, report({ beta: { started: 2 } }, { reporter: 'r2', vitals })],
    [1_600, report({ acme: { started: 1 } }, { kind: 'dispatcher', vitals: undefined })],
  );
  const counting = createCounting(source, nothingSaved());
  await counting.read();
  expect(counting.vitals.take(1_000, 2_000)).toEqual({
    claimP95Ms: 303,
    locksLost: 3,
    runningJobs: 14,
    stalledJobs: 1,
    startedJobs: 7,
    eventLoopP99Ms: 90,
  });
  // Who has nothing to count does not report every second, and is there all the same for a while.
  expect(counting.vitals.take(2_000, 10_000)).toMatchObject({ claimP95Ms: 0, locksLost: 0, runningJobs: 14 });
  expect(counting.vitals.take(10_000, 20_000)).toMatchObject({ claimP95Ms: null, runningJobs: null });
});

test('the sides of a rollout are counted from the start of its stage, by cohort', async () => {
  const source = stream([1_000, report({ acme: { finished: 1 } })]);
  const counting = createCounting(source, nothingSaved());
  await counting.read();
  const everybody = new Map([['x', { holdStartMs: 1_500, shareBp: 10_000 }]]);
  counting.followRollouts(everybody, new Map([['acme', 2]]));
  source.push(1_400, report({ acme: { finished: 2 } }));
  source.push(1_600, report({ acme: { finished: 4 } }));
  await counting.read();
  expect(counting.sidesOf('x')).toMatchObject({
    sinceMs: 1_500,
    cohort: { finished: 4 },
    rest: { finished: 0 },
    dispatchesBefore: 2,
  });
  counting.followRollouts(everybody, new Map());
  expect(counting.sidesOf('x')?.cohort.finished).toBe(4);
  counting.followRollouts(new Map([['x', { holdStartMs: null, shareBp: 0 }]]), new Map());
  expect(counting.sidesOf('x')).toBeUndefined();
});

test('a workspace is active for a while after its last finish', async () => {
  const source = stream([1_000, report({ acme: { finished: 1 }, beta: { started: 1 } })]);
  const counting = createCounting(source, nothingSaved());
  await counting.read();
  expect([...counting.finishedSince(1_000)]).toEqual(['acme']);
  expect([...counting.finishedSince(1_001)]).toEqual([]);
});
