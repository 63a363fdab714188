import { readFileSync } from 'node:fs';
import { parseTrace } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import type { FairSystem } from './fair-system.ts';
import { holds } from './finding.ts';
import { modelSystem } from './model-system.ts';
import { quickSizes } from './sizes.ts';
import { FAIRNESS_SCENARIOS, playScenario } from './suite.ts';

const trace = new URL('../../../../infra/local/data/azure-functions-2021-sample.csv', import.meta.url);
const sizes = quickSizes(parseTrace(readFileSync(trace, 'utf8')));

test.each(FAIRNESS_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  'the model: %s',
  async (_name, scenario) => {
    const played = await playScenario(scenario, modelSystem, sizes);
    if (played.outcome !== 'played') throw new Error(`it lacks ${played.lacks.join(', ')}`);
    expect(played.findings.length).toBeGreaterThan(0);
    expect(played.findings.filter((finding) => !holds(finding))).toEqual([]);
  },
);

test('a system that lacks what a scenario is about is not asked to play it', async () => {
  const bare: FairSystem = { ...modelSystem, lacks: new Set(['weights']) };
  for (const scenario of FAIRNESS_SCENARIOS) {
    if (!scenario.needs.includes('weights')) continue;
    const played = await playScenario(scenario, bare, sizes);
    expect(played).toEqual({ outcome: 'not_applicable', lacks: ['weights'] });
  }
});

/** The model, with some of what scenarios set left out. */
function without(...forgotten: readonly string[]): FairSystem {
  return {
    ...modelSystem,
    async open(setup) {
      const contest = await modelSystem.open(setup);
      return {
        ...contest,
        configure: (settings) =>
          contest.configure(
            new Map(
              [...settings].map(([workspace, given]) => [
                workspace,
                Object.fromEntries(Object.entries(given).filter(([name]) => !forgotten.includes(name))),
              ]),
            ),
          ),
      };
    },
  };
}

/** All work in one workspace, first in first out. */
const fifo: FairSystem = {
  ...modelSystem,
  async open(setup) {
    const contest = await modelSystem.open(setup);
    const workspaces: string[] = [];
    const started = () => contest.seen().attempts.filter(({ startedAtMs }) => startedAtMs !== undefined);
    return {
      ...contest,
      add(jobs) {
        workspaces.push(...jobs.map(({ workspace }) => workspace));
        return contest.add(jobs.map((job) => ({ ...job, workspace: 'all' })));
      },
      until: (reached) =>
        contest.until((progress) =>
          reached({
            ...progress,
            started: progress.started,
            ended: progress.ended,
            startedOf: (workspace) => started().filter(({ job }) => workspaces[job] === workspace).length,
          }),
        ),
      seen() {
        const seen = contest.seen();
        const inOrder = started().sort((a, b) => (a.startedAtMs as number) - (b.startedAtMs as number));
        return {
          ...seen,
          starts: inOrder.map(({ job }) => workspaces[job] as string),
          attempts: seen.attempts.map((attempt) => ({
            ...attempt,
            workspace: workspaces[attempt.job] as string,
          })),
        };
      },
    };
  },
};

/** One slot is never used. */
const lazy: FairSystem = {
  ...modelSystem,
  open: ({ slots, replicas = 1 }) => modelSystem.open({ slots: slots * replicas - 1 }),
};

const small = { ...sizes, skew: { ...sizes.skew, hog: 600, lights: 4, each: 10 } };

test.each([
  ['skew', fifo],
  ['trickle', fifo],
  ['trace', fifo],
  ['weights', without('weight')],
  ['reweigh', without('weight')],
  ['long_hog', without('fairness')],
  ['quota', without('concurrency')],
  ['quota', without('ratePerSecond')],
  ['idle_capacity', lazy],
  ['idle_under_limits', lazy],
] as const)('%s is failed by a system that does not do it', async (name, wrong) => {
  const scenario = FAIRNESS_SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const played = await playScenario(scenario, wrong, small);
  if (played.outcome !== 'played') throw new Error(played.outcome);
  expect(played.findings.filter((finding) => !holds(finding))).not.toEqual([]);
});
