import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Plan } from '../src/demo/plan.ts';
import { runDemo } from '../src/demo/run-demo.ts';
import { createScreen } from '../src/terminal/screen.ts';
import { type FakeDispatcher, startFakeDispatcher } from './fakes/dispatcher.ts';

let dispatcher: FakeDispatcher;
let folder: string;
let written: string;

beforeEach(async () => {
  dispatcher = await startFakeDispatcher();
  folder = mkdtempSync(join(tmpdir(), 'fairlead-demo-'));
  written = '';
});
afterEach(async () => {
  await dispatcher.close();
  rmSync(folder, { recursive: true, force: true });
});

const plan: Plan = {
  workspaces: [
    { name: 'gold', kind: 'weighted', weight: 2 },
    { name: 'bronze', kind: 'weighted', weight: 1 },
    { name: 'metered', kind: 'metered', weight: 1, rate: { ratePerSecond: 5, burst: 10 } },
    { name: 'app-1', kind: 'trace', weight: 1 },
  ],
  jobs: [
    { workspace: 'app-1', atMs: 0, workMs: 1 },
    ...['gold', 'gold', 'bronze'].flatMap((workspace) =>
      Array.from({ length: 60 }, () => ({ workspace, atMs: 1, workMs: 5 })),
    ),
    { workspace: 'metered', atMs: 5, workMs: 1 },
  ],
};

const run = (signal = new AbortController().signal) =>
  runDemo({
    url: dispatcher.url,
    apiKey: 'flk_test',
    replicas: 2,
    decisions: () => new Map([['autoscale ramp_step', 2]]),
    jsonFile: join(folder, 'out.json'),
    screen: createScreen({ write: (text) => (written += text) }, false),
    paint: (_, text) => text,
    signal,
    plan,
  });

/**
 * Jobs wait for seconds and start in proportion to weight: two of gold for one of bronze. In an hour from now, when
 * nobody looks at the dispatcher and sees no backlog.
 */
function serveFairly() {
  const baseMs = Date.now() + 3_600_000;
  const starts: Record<string, number> = { gold: 0, bronze: 0 };
  const everyMs: Record<string, number> = { gold: 50, bronze: 100 };
  dispatcher.onJob = (job) => {
    job.createdAt = new Date(baseMs).toISOString();
    job.startedAt = job.createdAt;
    if (!(job.workspace in starts)) return undefined;
    starts[job.workspace]! += everyMs[job.workspace]!;
    job.startedAt = new Date(baseMs + starts[job.workspace]!).toISOString();
    return undefined;
  };
}

test('every job goes in through the API, is looked at afterwards, and the result is written', async () => {
  serveFairly();
  expect((await run()).outcome).toBe('passed');
  expect(dispatcher.settings.get('gold')).toEqual({ weight: 2 });
  expect(dispatcher.settings.get('metered')).toEqual({ weight: 1, ratePerSecond: 5, burst: 10 });
  const result = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'));
  expect(Object.keys(result)).toEqual(['jobs', 'replicas', 'workspaces', 'fairness', 'decisions', 'seconds']);
  expect(result.jobs).toEqual({ accepted: 182, completed: 182, failed: 0, lost: 0 });
  expect(result.fairness.windows).toBe(6);
  expect(written).toContain('decisions 2 × autoscale ramp_step');
  expect(written).toContain('✓ every job finished, and service was fair');
});

test('a job that the dispatcher no longer knows, or that failed, fails the replay with the reason', async () => {
  serveFairly();
  const fairly = dispatcher.onJob;
  dispatcher.onJob = (job, index) => {
    if (index === 50) job.state = 'dead';
    if (index === 51) job.state = 'waiting';
    return fairly(job, index);
  };
  const outcome = await run();
  expect(outcome).toMatchObject({
    outcome: 'failed',
    result: { jobs: { accepted: 182, completed: 180, failed: 1, lost: 1 } },
  });
  expect(written).toContain('✗ 1 of 182 jobs failed; 1 of 182 accepted jobs did not finish');
  expect(written).toContain('it is still waiting');
});

test('refused jobs fail the replay and are no accepted ones', async () => {
  serveFairly();
  const fairly = dispatcher.onJob;
  let asked = 0;
  dispatcher.onJob = (job, index) => (++asked === 8 ? 429 : fairly(job, index));
  const outcome = await run();
  expect(outcome).toMatchObject({ outcome: 'failed', result: { jobs: { accepted: 181, completed: 181 } } });
  expect(written).toContain('1 jobs were refused');
  expect(written).toContain('429 REDIS_REFUSED no');
});

test('a signal cuts the replay short', async () => {
  const cut = new AbortController();
  dispatcher.onJob = () => {
    cut.abort();
    return undefined;
  };
  expect(await run(cut.signal)).toEqual({ outcome: 'cut' });
});
