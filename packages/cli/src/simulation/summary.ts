import {
  type DecisionLog,
  type DecisionRecord,
  KINDS,
  policyHash,
  type Scenario,
  SIMULATION_START_MS,
  type Simulation,
} from '@fairlead/core';
import { instant } from '../decision-log/open.ts';
import { sha256 } from '../decision-log/sha256.ts';
import { stepChart } from '../output/chart.ts';
import type { Screen } from '../output/screen.ts';
import { type Column, table } from '../output/table.ts';
import { duration } from '../output/time.ts';

/** How often something was decided for one reason. */
export interface Reason {
  readonly kind: string;
  readonly reasonCode: string;
  readonly recorded: number;
  /** The repeats included. */
  readonly taken: number;
}

/** What a person is told of promotions and the like; a day of a failing cluster has hundreds. */
const TOLD = 40;

/** Decisions by kind and reason, the kinds in their order, the most frequent reason first. */
function reasonsOf({ log, repeats }: Pick<Simulation, 'log' | 'repeats'>): Reason[] {
  const found = new Map<string, Reason>();
  for (const { id, kind, reasonCode } of log.records) {
    const key = `${kind} ${reasonCode}`;
    const { recorded, taken } = found.get(key) ?? { recorded: 0, taken: 0 };
    const times = 1 + (repeats.get(id) ?? 0);
    found.set(key, { kind, reasonCode, recorded: recorded + 1, taken: taken + times });
  }
  const place = ({ kind }: Reason) => KINDS.indexOf(kind as (typeof KINDS)[number]);
  return [...found.values()].sort((a, b) => place(a) - place(b) || b.taken - a.taken);
}

/** What became of a scenario: for people a page, for programs a line each fact, reason and change. */
export function summary(screen: Screen, scenario: Scenario, simulation: Simulation): string {
  return screen.live ? page(screen, scenario, simulation) : lines(simulation);
}

function lines({ log, repeats, decisions }: Simulation): string {
  const { scenario, seed, durationMs, tickMs } = log.about;
  const facts = {
    scenario,
    seed,
    policy: hashOf(log),
    durationMs,
    tickMs,
    decisions,
    recorded: log.records.length,
  };
  const rows: (readonly (string | number | undefined)[])[] = [
    ...Object.entries(facts),
    ...reasonsOf({ log, repeats }).map((one) => [
      'reason',
      one.kind,
      one.reasonCode,
      one.recorded,
      one.taken,
    ]),
    ...log.records
      .filter(({ action }) => action !== 'hold')
      .map((one) => ['change', instant(one.evaluatedAt), one.id, one.reasonCode, one.from, one.to]),
  ];
  return rows.map((row) => `${row.join('\t')}\n`).join('');
}

function page(screen: Screen, { name, about, durationMs, tickMs }: Scenario, simulation: Simulation): string {
  const { log, decisions } = simulation;
  const capacity = log.records.filter(({ kind }) => kind === 'autoscale');
  const moved = log.records.filter(
    ({ kind, action }) => action !== 'hold' && (kind === 'promotion' || kind === 'rollout'),
  );
  const title = (text: string) => `\n${screen.paint('bold', text)}\n`;
  const sums = `${decisions.toLocaleString('en')} decisions, ${log.records.length.toLocaleString('en')} recorded`;
  return [
    `${screen.paint('bold', name)}: ${about}\n`,
    `Seed ${log.about['seed']}, policy ${hashOf(log).slice(0, 12)}, ${duration(durationMs)} in ticks of ${duration(tickMs)}: `,
    `${sums}; the others said nothing new.\n`,
    title('Capacity, jobs at once'),
    stepChart(
      screen,
      capacity[0]?.from ?? 0,
      capacity.map(({ evaluatedAt, to }) => ({ atMs: evaluatedAt, value: to })),
      [SIMULATION_START_MS, SIMULATION_START_MS + durationMs],
      ['0', duration(durationMs)],
    ),
    title('Decisions by reason'),
    table(screen, REASON_COLUMNS, reasonsOf(simulation)),
    title('Promotions, demotions and rollouts'),
    moved.length === 0 ? 'None.\n' : table(screen, moveColumns(), moved.slice(0, TOLD)),
    moved.length > TOLD ? `… and ${moved.length - TOLD} more: decisions list has them all.\n` : '',
  ].join('');
}

const REASON_COLUMNS: Column<Reason>[] = [
  { title: 'KIND', text: ({ kind }) => kind },
  { title: 'REASON', text: ({ reasonCode }) => reasonCode },
  { title: 'RECORDED', text: ({ recorded }) => recorded.toLocaleString('en'), align: 'right' },
  { title: 'TAKEN', text: ({ taken }) => taken.toLocaleString('en'), align: 'right' },
];

function moveColumns(): Column<DecisionRecord>[] {
  return [
    {
      title: 'AFTER',
      text: ({ evaluatedAt }) => duration(evaluatedAt - SIMULATION_START_MS),
      align: 'right',
    },
    { title: 'ID', text: ({ id }) => id },
    { title: 'FROM', text: inUnits('from'), align: 'right' },
    {
      title: 'TO',
      text: inUnits('to'),
      style: ({ action }) => (action === 'raise' ? 'green' : 'yellow'),
      align: 'right',
    },
    { title: 'REASON', text: ({ reasonCode }) => reasonCode },
  ];
}

/** A quota is jobs at once; a rollout's is basis points of the workspaces. */
function inUnits(end: 'from' | 'to'): (record: DecisionRecord) => string {
  return (record) => (record.kind === 'rollout' ? `${record[end] / 100} %` : String(record[end]));
}

function hashOf(log: DecisionLog): string {
  return log.policies.map((policy) => policyHash(policy, sha256)).join(' ');
}
