import type { FunctionRun } from '@fairlead/ledger';
import { expect, test } from '@jest/globals';
import { createInlineRuns, type InlineRunsParts } from './inline-runs.ts';

const RUN = {
  runKey: 'cron:v1:60:x',
  dispatchKey: 'cron:v1:60:x',
  attempt: 2,
  status: 'RUNNING',
} as FunctionRun;

/** Notes what it is asked for; every stale run is the caller's. */
function fakes(runner: InlineRunsParts['runner']) {
  const asked: unknown[] = [];
  const runs = createInlineRuns({
    windows: { takeInline: async () => undefined, leftInline: async () => [] },
    functionRuns: {
      takeOver: async (stale) => {
        asked.push(stale);
        return [RUN];
      },
      finish: async (_held, end) => {
        asked.push(end);
        return { ...RUN, status: end.error === undefined ? 'SUCCEEDED' : 'FAILED' };
      },
    },
    runner,
    holder: 'me',
    logger: { info() {}, warn() {} },
  });
  return { runs, asked };
}

test('without handlers a run is left to others for as long again, and then to the queue', async () => {
  const { runs, asked } = fakes(undefined);
  expect(runs.canRun).toBe(false);
  expect(await runs.recover('cron:v1:60:x')).toMatchObject({ run: { status: 'FAILED' }, jobs: [] });
  expect(asked).toEqual([
    { by: 'me', limit: 1, runKey: 'cron:v1:60:x', staleMs: 30 * 60_000 },
    { error: expect.stringContaining('no dispatcher with handlers') },
  ]);
});

test('a run of which one job is dead and one is left has failed, and says why', async () => {
  const job = { workspace: 'acme', type: 'work', attempts: 1 };
  const { runs, asked } = fakes({
    run: async () => [
      { ...job, id: '1', outcome: 'succeeded' },
      { ...job, id: '2', outcome: 'dead', error: 'never' },
      { ...job, id: '3', outcome: 'left' },
    ],
    drain() {},
  });
  await runs.recover('cron:v1:60:x');
  expect(asked).toEqual([
    expect.objectContaining({ staleMs: 15 * 60_000 }),
    { error: 'Of 3 jobs 1 are dead letters and 1 were left to the queue. The first error: never' },
  ]);
});
