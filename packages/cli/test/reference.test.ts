/** What the program says of itself, and docs/cli.md of the program. */
import { readFileSync } from 'node:fs';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, test } from '@jest/globals';
import { programOf } from '../reference/program-of.ts';
import { BEGIN, END, examplesIn, renderReference } from '../reference/render.ts';
import { inProcess } from './fairlead.ts';

interface Known {
  readonly path: readonly string[];
  readonly command: CommandUnknownOpts;
}

function commandsOf(command: CommandUnknownOpts, path: readonly string[] = []): Known[] {
  const children = command.commands.flatMap((child) => commandsOf(child, [...path, child.name()]));
  return [{ path, command }, ...children];
}

const all = commandsOf(programOf());
const leaves = all.filter(({ command }) => command.commands.length === 0);

async function help(path: readonly string[]): Promise<string> {
  const { code, stdout } = await inProcess([...path, '--help']);
  expect(code).toBe(0);
  return stdout;
}

/** The fairlead commands of an example, each as it is known and with the options it is given. */
function commandsIn(example: string): { readonly known: Known; readonly flags: readonly string[] }[] {
  return [...example.matchAll(/(?<=^|[\s(])fairlead ([^|>)]*)/g)].map(([, line = '']) => {
    const words = line.trim().split(/\s+/);
    const paths = [2, 1, 0].map((length) => `${words.slice(0, length)}`);
    const known = paths
      .map((path) => all.find((one) => `${one.path}` === path))
      .find((one) => one !== undefined);
    return { known: known as Known, flags: words.filter((word) => /^--[a-z]/.test(word)) };
  });
}

test.each(all.map(({ path }) => [`fairlead ${path.join(' ')}`, path] as const))(
  '%s --help: says what it is for, with examples of it',
  async (_, path) => {
    const text = await help(path);
    expect(text).toMatch(new RegExp(`^Usage: fairlead${path.map((name) => ` ${name}`).join('')}\\b`));
    const examples = examplesIn(text);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const shown = commandsIn(example);
      expect(shown.map(({ known }) => `${known.path.slice(0, path.length)}`)).toContain(`${path}`);
      for (const { known, flags } of shown) {
        const options = known.command.options.map(({ long }) => long);
        for (const flag of flags) expect(options).toContain(flag);
      }
    }
  },
);

test('every command that does something prints JSON when asked', () => {
  expect(leaves.length).toBeGreaterThan(20);
  for (const { path, command } of leaves) {
    expect([path, command.options.map(({ long }) => long)]).toEqual([
      path,
      expect.arrayContaining(['--json']),
    ]);
  }
});

test('no option takes a secret', () => {
  for (const { command } of all) {
    for (const { flags } of command.options) expect(flags).not.toMatch(/secret|password|token|api-key/);
  }
});

describe('docs/cli.md', () => {
  const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

  test('has every command with its options and examples, and no others (npm run generate:reference)', () => {
    const [, rest = ''] = page.split(BEGIN);
    expect(rest.split(END)[0]?.trim()).toBe(renderReference(programOf()).trim());
    for (const { path, command } of leaves) {
      const section = new RegExp(
        `^#### \`fairlead ${path.join(' ')}\\b[^]*?(?=^#|^<!--)|^### \`fairlead ${path.join(' ')}\\b[^]*?(?=^#|^<!--)`,
        'm',
      );
      const text = section.exec(page)?.[0] ?? '';
      for (const { long } of command.options) if (long !== '--json') expect(text).toContain(`\`${long}`);
    }
  });

  test('names no command that there is not', () => {
    const named = [...page.matchAll(/(?:npx |`|\n|\()fairlead ([a-z]+)(?: ([a-z][a-z-]*))?/g)].map(
      ([, first, second]) => [first, second],
    );
    const known = new Set(all.map(({ path }) => path.join(' ')));
    expect(named.length).toBeGreaterThan(30);
    for (const [first = '', second] of named) {
      const group = all.find(({ path }) => `${path}` === first);
      expect(known).toContain(group?.command.commands.length && second ? `${first} ${second}` : first);
    }
  });

  test('has the exit codes and the settings of the program', () => {
    const codes = [...page.matchAll(/^\| (\d[\d, ]*) \|/gm)].flatMap(([, cell = '']) =>
      cell.split(', ').map(Number),
    );
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 130, 143, 141]);
    const source = ['config', 'output/screen', 'doctor/servers']
      .map((name) => readFileSync(new URL(`../src/${name}.ts`, import.meta.url), 'utf8'))
      .join('');
    const read =
      source.match(/\b(?:FAIRLEAD_[A-Z_]+|REDIS_[A-Z_]+|DATABASE_URL|NO_COLOR|FORCE_COLOR)\b/g) ?? [];
    for (const name of new Set(read.map((one) => one.replace(/_FILE$/, ''))))
      expect(page).toContain(`\`${name}\``);
  });
});
