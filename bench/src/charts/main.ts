/**
 * `npm run bench:charts [-- [--out FOLDER] FILE…]`: draws what benches have written. Without a folder the drawings go where
 * the README shows them, with its part about them.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseBenchDocument } from './bench-document.ts';
import { chartsOf } from './charts.ts';
import { withCharts } from './readme.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const USAGE = `Usage: npm run bench:charts [-- [--out FOLDER] FILE…]

Draws the results of benches, without files all in bench/results, into docs/img, and shows them in the README.

  --out FOLDER   draw into FOLDER and leave the README alone; for quick runs too
  --help         this text
`;

process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) process.stdout.write(USAGE);
    else draw(positionals.length > 0 ? positionals : results(), values.out);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

function draw(files: readonly string[], out: string | undefined): void {
  const documents = files.map((file) => parseBenchDocument(readFileSync(file, 'utf8'), file));
  const quick = documents.find(({ settings }) => settings['quick'] === true);
  if (quick !== undefined && out === undefined) {
    throw new Error(
      `${quick.name} is of a quick run, which says little: run it whole, or draw it elsewhere with --out.`,
    );
  }
  const charts = chartsOf(documents);
  if (charts.length === 0)
    throw new Error(`There is nothing to draw in ${files.join(', ') || 'bench/results'}.`);
  const folder = out ?? join(ROOT, 'docs', 'img');
  mkdirSync(folder, { recursive: true });
  for (const { name, svg } of charts) {
    const file = join(folder, `bench-${name}.svg`);
    writeFileSync(file, svg);
    process.stdout.write(`${file}\n`);
  }
  if (out !== undefined) return;
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, withCharts(readFileSync(readme, 'utf8'), charts));
}

function results(): string[] {
  const folder = join(ROOT, 'bench', 'results');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}
