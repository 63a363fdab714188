/** One line for each figure of a scenario, one column for each system. */
import { type Finding, holds, type Played } from '@fairlead/testkit';

export interface Result {
  readonly scenario: string;
  readonly system: string;
  readonly played: Played;
}

const WIDTH = 14;

/** `!` marks what misses the goal that is in the second column; `–` what the system has not got. */
export function fairnessTable(results: readonly Result[]): string[] {
  const systems = [...new Set(results.map(({ system }) => system))];
  const scenarios = [...Map.groupBy(results, ({ scenario }) => scenario)];
  const rows = scenarios.flatMap(([scenario, played]) =>
    findingNames(played).map((name) => {
      const found = systems.map((system) => findingOf(played, system, name));
      return [`${scenario} ${name}`, goalOf(found), ...found.map(cellOf)];
    }),
  );
  const first = Math.max(...rows.map(([name = '']) => name.length));
  return [['', 'goal', ...systems], ...rows].map(([name = '', ...cells]) =>
    [name.padEnd(first), ...cells.map((cell) => cell.padStart(WIDTH))].join(' '),
  );
}

function findingNames(results: readonly Result[]): string[] {
  const names = results.flatMap(({ played }) =>
    played.outcome === 'played' ? played.findings.map(({ name }) => name) : [],
  );
  return [...new Set(names)];
}

function findingOf(results: readonly Result[], system: string, name: string): Finding | undefined {
  const played = results.find((result) => result.system === system)?.played;
  return played?.outcome === 'played' ? played.findings.find((finding) => finding.name === name) : undefined;
}

function goalOf(findings: readonly (Finding | undefined)[]): string {
  const goal = findings.find((finding) => finding?.goal !== undefined)?.goal;
  return goal === undefined ? '' : `${goal.op} ${Number(goal.value.toPrecision(4))}`;
}

function cellOf(finding: Finding | undefined): string {
  if (finding === undefined) return '–';
  return `${Number(finding.value.toPrecision(4))}${holds(finding) ? '' : ' !'}`;
}
