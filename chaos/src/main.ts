/** `npm run chaos -- NAME [--quick] [--seed N] [--json FILE]` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type FaultTest, type Figure, holds } from './fault-test.ts';
import { FAULT_TESTS } from './fault-tests.ts';

const USAGE = `Usage: npm run chaos -- NAME [--quick] [--seed N] [--json FILE]

Runs a fault test on private servers and real processes, and prints what it counted. Exit code 1: something did not hold.

  --quick        the small form that npm test runs
  --seed N       of everything that is left to chance; default 1
  --json FILE    write the figures to FILE too
  --help         this text

${FAULT_TESTS.map((test) => `  ${test.name.padEnd(22)} ${test.about}`).join('\n')}
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help || parsed.test === undefined) {
    process.stdout.write(USAGE);
    return parsed.help ? 0 : 2;
  }
  const { test, quick, seed, json } = parsed;
  const startedMs = performance.now();
  const figures = await test.run({ quick, seed, say: (line) => process.stderr.write(`  ${line}\n`) });
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const passed = figures.every(holds);
  process.stderr.write(`\n${table(figures)}\n\n`);
  const report = `${JSON.stringify({ name: test.name, quick, seed, seconds, passed, figures }, null, 2)}\n`;
  process.stdout.write(report);
  if (json !== undefined) writeFileSync(json, report);
  return passed ? 0 : 1;
}

type Parsed = {
  help: boolean;
  test: FaultTest | undefined;
  quick: boolean;
  seed: number;
  json: string | undefined;
};

function parse(args: string[]): Parsed | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [name, ...more] = positionals;
    const test = FAULT_TESTS.find((candidate) => candidate.name === name);
    if (name !== undefined && !test) return `There is no fault test "${name}".`;
    if (more.length > 0) return `One fault test at a time: "${more[0]}" is one too many.`;
    const seed = Number(values.seed);
    if (!Number.isSafeInteger(seed)) return `--seed must be a whole number, and is "${values.seed}".`;
    return { help: values.help, test, quick: values.quick, seed, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}

function table(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map((one) => {
      const { name, value, unit = '', must } = one;
      const bound = must ? `${holds(one) ? 'holds' : 'BROKEN'}  must be ${must.op} ${must.value}` : '';
      return `  ${name.padEnd(width)}  ${value.toLocaleString('en').padStart(10)} ${unit.padEnd(9)} ${bound}`.trimEnd();
    })
    .join('\n');
}
