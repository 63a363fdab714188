/** `npm run bench -- NAME [--quick] [--json FILE]` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { control } from './benches/control.ts';
import { dispatch } from './benches/dispatch.ts';
import { fairness } from './benches/fairness.ts';
import { hog } from './benches/hog.ts';
import { latency } from './benches/latency.ts';
import { limit } from './benches/limit.ts';
import { memory } from './benches/memory.ts';
import { scaleOut } from './benches/scale-out.ts';
import { tenants } from './benches/tenants.ts';
import { throughput } from './benches/throughput.ts';
import { throughputLedger } from './benches/throughput-ledger.ts';
import { type JudgedFigure, judge } from './figure.ts';
import { machine, versions } from './machine.ts';

const BENCHES: readonly Bench[] = [
  throughput,
  throughputLedger,
  dispatch,
  control,
  tenants,
  latency,
  memory,
  fairness,
  hog,
  scaleOut,
  limit,
];

const USAGE = `Usage: npm run bench -- NAME [--quick] [--json FILE]

Runs a benchmark and its peers in turn on private servers, and prints medians and ratios.

  --quick        a tenth of the work, one round: to see that it runs, not to quote
  --json FILE    write the figures to FILE
  --help         this text

${BENCHES.map((bench) => `  ${bench.name.padEnd(20)} ${bench.about}`).join('\n')}
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help || parsed.bench === undefined) {
    process.stdout.write(USAGE);
    return parsed.help ? 0 : 2;
  }
  const { bench, quick, json } = parsed;
  const say = (line: string) => process.stdout.write(`  ${line}\n`);
  const on = machine();
  say(`${bench.name} on ${on.cores} cores, ${on.cpu}`);
  const report = await bench.run({ quick, say });
  const figures = report.figures.map(judge);
  process.stdout.write(`\n${table(figures)}\n`);
  if (json !== undefined) {
    const document = {
      name: bench.name,
      finishedAt: new Date().toISOString(),
      machine: on,
      versions: versions(),
      settings: { quick, ...report.settings },
      figures,
    };
    writeFileSync(json, `${JSON.stringify(document, null, 2)}\n`);
  }
  return figures.some((figure) => figure.pass === false) ? 1 : 0;
}

type Parsed = { help: boolean; bench: Bench | undefined; quick: boolean; json: string | undefined };

function parse(args: string[]): Parsed | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [name, ...more] = positionals;
    const bench = BENCHES.find((candidate) => candidate.name === name);
    if (name !== undefined && !bench) return `There is no bench "${name}".`;
    if (more.length > 0) return `One bench at a time: "${more[0]}" is one too many.`;
    return { help: values.help ?? false, bench, quick: values.quick ?? false, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}

function table(figures: readonly JudgedFigure[]): string {
  const width = Math.max(...figures.map((figure) => figure.name.length));
  return figures
    .map(({ name, value, unit, goal, pass }) => {
      const verdict = goal ? `${pass ? 'pass' : 'MISS'}  goal ${goal.op} ${goal.value}` : '';
      return `  ${name.padEnd(width)}  ${value.toLocaleString('en').padStart(12)} ${unit.padEnd(7)} ${verdict}`.trimEnd();
    })
    .join('\n');
}
