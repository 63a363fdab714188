/**
 * The conformance suite of fairness, played by the model, by real consumers on one Redis and on a cluster, and by what else
 * there is. Peers are told and not judged.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseTrace } from '@fairlead/core';
import {
  FAIRNESS_SCENARIOS,
  type FairSystem,
  fullSizes,
  modelSystem,
  type Played,
  playScenario,
  privateCluster,
  privateRedis,
  quickSizes,
  type Sizes,
} from '@fairlead/testkit';
import type { Bench } from '../bench.ts';
import { fairleadSystem } from '../fair-systems/fairlead.ts';
import { groupMq } from '../fair-systems/groupmq.ts';
import type { FairServer } from '../fair-systems/server.ts';
import { stockFifo, stockWorkers } from '../fair-systems/stock.ts';
import type { Figure } from '../figure.ts';
import { fairnessTable, type Result } from './fairness-table.ts';

/** Of the cluster, over its three primaries. */
const SHARDS = 12;
/** Time costs the model nothing, so here it is not scaled down. */
const MODEL_LONG_HOG = { longMs: 10_000, shortMs: 100, slots: 16, learnMs: 60_000, countMs: 400_000 };

export const fairness: Bench = {
  name: 'fairness',
  about:
    'the conformance suite: model, one Redis, a cluster, and stock BullMQ and GroupMQ by the same scenarios',
  async run({ quick, say }) {
    const trace = parseTrace(readFileSync(traceFile(), 'utf8'));
    const sizes = quick ? quickSizes(trace) : fullSizes(trace);
    const server = await privateRedis();
    const cluster = await privateCluster();
    const one: FairServer = { redis: { url: server.url }, nodes: [server.url] };
    const several: FairServer = {
      redis: { url: cluster.url, cluster: true },
      nodes: cluster.primaries.map(({ port }) => `redis://127.0.0.1:${port}`),
    };
    const systems = [
      modelSystem,
      fairleadSystem('redis', one, 1),
      fairleadSystem('cluster', several, SHARDS),
      stockFifo(one),
      stockWorkers(one),
      groupMq(one),
    ];
    try {
      const results: Result[] = [];
      for (const scenario of FAIRNESS_SCENARIOS) {
        for (const system of systems) {
          const played = await playScenario(scenario, system, sizesFor(system, sizes)).catch(brokenOff);
          results.push({ scenario: scenario.name, system: system.name, played });
          say(`${scenario.name.padEnd(18)} ${system.name.padEnd(14)} ${describe(played)}`);
        }
      }
      say('');
      for (const line of fairnessTable(results)) say(line);
      return {
        settings: {
          sizes: JSON.stringify({ ...sizes, trace: { ...sizes.trace, jobs: trace.length } }),
          shards: SHARDS,
        },
        figures: results.flatMap((result) => figuresOf(result, systems)),
      };
    } finally {
      await cluster.stop();
      await server.stop();
    }
  },
};

/** A scenario that cannot be played to its end is no reason to leave the others out. */
function brokenOff(error: unknown): Played {
  const finding = { name: 'broken_off', value: 1, unit: '', goal: { op: '<=', value: 0 } } as const;
  process.stderr.write(`${error}\n`);
  return { outcome: 'played', findings: [finding] };
}

function sizesFor(system: FairSystem, sizes: Sizes): Sizes {
  return system === modelSystem ? { ...sizes, longHog: MODEL_LONG_HOG } : sizes;
}

/** `skew_light_wait_p95_ratio_redis`; a peer's has no goal. */
function figuresOf({ scenario, system, played }: Result, systems: readonly FairSystem[]): Figure[] {
  if (played.outcome !== 'played') return [];
  const isOurs = systems.find(({ name }) => name === system)?.standing === 'ours';
  return played.findings.map(({ name, value, unit, goal }) => ({
    name: `${scenario}_${name}_${system}`,
    value,
    unit,
    ...(isOurs && goal !== undefined ? { goal } : {}),
  }));
}

function describe(played: Played): string {
  if (played.outcome !== 'played') return `n/a: it has no ${played.lacks.join(', ')}`;
  return played.findings.map(({ name, value }) => `${name} ${Number(value.toPrecision(4))}`).join(', ');
}

function traceFile(): string {
  return fileURLToPath(new URL('../../../infra/local/data/azure-functions-2021-sample.csv', import.meta.url));
}
