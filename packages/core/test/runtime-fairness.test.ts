/**
 * Worker seconds by a virtual clock: a workspace of 10 s jobs against two of 100 ms jobs, all with work to the end, on a
 * few workers.
 */
import { expect, test } from '@jest/globals';
import {
  claim,
  configure,
  DEFAULT_WORKSPACE_CONFIG,
  type EndedJob,
  emptyShard,
  enqueue,
  type FairnessMode,
  finish,
  markReady,
  recordServed,
  runnableJobs,
  type ShardState,
} from '../src/index.ts';

const WORKERS = 20;
const TICK_MS = 100;
const SECONDS = 400;
const RUN_MS: Record<string, number> = { hog: 10_000, light: 100, heavy: 100 };
const WEIGHTS: Record<string, number> = { hog: 1, light: 1, heavy: 2 };
const REPORT_MS = 2_000;

/** Runs the cluster, and answers each workspace's part of the worker seconds. */
function sharesUnder(fairness: Readonly<Record<string, FairnessMode>>): Record<string, number> {
  let state: ShardState = emptyShard();
  state.generation = true;
  const names = Object.keys(WEIGHTS);
  for (const name of names) {
    const weight = WEIGHTS[name] as number;
    const config = { ...DEFAULT_WORKSPACE_CONFIG, weight, fairness: fairness[name] ?? 'starts' };
    state = configure(state, name, config);
  }
  const served: Record<string, number> = {};
  let running: (EndedJob & { endsMs: number })[] = [];
  let unreported = { count: 0, totalMs: 0 };
  let jobs = 0;

  for (let nowMs = 0; nowMs < SECONDS * 1_000; nowMs += TICK_MS) {
    const ended = running.filter(({ endsMs }) => endsMs <= nowMs);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
    for (const { workspace, charged } of ended) {
      const ranMs = RUN_MS[workspace] as number;
      served[workspace] = (served[workspace] ?? 0) + ranMs;
      if (charged === undefined)
        unreported = { count: unreported.count + 1, totalMs: unreported.totalMs + ranMs };
    }
    if (ended.length > 0) state = finish(state, ended, nowMs);
    if (nowMs % REPORT_MS === 0) {
      state = recordServed(state, new Map(), unreported, REPORT_MS, nowMs);
      unreported = { count: 0, totalMs: 0 };
    }
    for (const name of names) {
      if (runnableJobs(state, name) >= WORKERS) continue;
      for (let i = 0; i < WORKERS; i++) enqueue(state, name, { id: `${name}-${++jobs}`, priority: 0 });
      state = markReady(state, name, 'added');
    }
    const wanted = WORKERS - running.length;
    const { state: next, answer } = claim(state, { wanted, quantum: 4, partitionCap: 64 }, nowMs * 1_000);
    state = next;
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    for (const { workspace, id } of answer.grants) {
      const cost = answer.costs.get(workspace);
      const charged = cost === undefined ? undefined : { cost, atMs: nowMs };
      running.push({ workspace, id, charged, endsMs: nowMs + (RUN_MS[workspace] as number) });
    }
  }
  const total = Object.values(served).reduce((sum, ms) => sum + ms, 0);
  return Object.fromEntries(names.map((name) => [name, (served[name] ?? 0) / total]));
}

const ALL_RUNTIME = { hog: 'runtime', light: 'runtime', heavy: 'runtime' } as const;

function expectByWeight(shares: Readonly<Record<string, number>>): void {
  const weights = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  for (const [name, weight] of Object.entries(WEIGHTS)) {
    const deviation = (shares[name] as number) / (weight / weights) - 1;
    expect([name, Math.abs(deviation) <= 0.05 || deviation]).toEqual([name, true]);
  }
}

test('with runtime fairness worker seconds are within 5 % of the weights, however long the jobs are', () => {
  expectByWeight(sharesUnder(ALL_RUNTIME));
});

test('with starts fairness long jobs take nearly all worker seconds', () => {
  expect(sharesUnder({})['hog']).toBeGreaterThan(0.9);
});

test('a workspace with runtime fairness among others with starts fairness gets its share too', () => {
  expectByWeight(sharesUnder({ hog: 'runtime' }));
});

test('those whose jobs take what all take in the mean gain and lose nothing by either kind', () => {
  const light = sharesUnder({ hog: 'runtime', light: 'runtime' });
  expectByWeight(light);
});
