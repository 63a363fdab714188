/** The reference part of docs/cli.md, from the commands themselves. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** Between these two lines of the page stands what is generated. */
export const BEGIN = '<!-- reference: npm run generate:reference in packages/cli -->';
export const END = '<!-- end of the reference -->';

/** Every command that does something, with its options and examples. */
export function renderReference(program: CommandUnknownOpts): string {
  return program.commands.map((command) => section(command, program.name(), 3)).join('\n\n');
}

function section(command: CommandUnknownOpts, parent: string, depth: number): string {
  const path = `${parent} ${command.name()}`;
  const parts = [`${'#'.repeat(depth)} \`${heading(command, path)}\``, command.description()];
  if (command.commands.length > 0) {
    return [...parts, ...command.commands.map((child) => section(child, path, depth + 1))].join('\n\n');
  }
  return [
    ...parts,
    ...table('argument', argumentsOf(command)),
    ...table('option', optionsOf(command)),
    examplesOf(command),
  ].join('\n\n');
}

function heading(command: CommandUnknownOpts, path: string): string {
  const names = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [path, ...names].join(' ');
}

function argumentsOf(command: CommandUnknownOpts) {
  return command.registeredArguments.map((argument) => [argument.name(), withChoices(argument)] as const);
}

/** --json is an option of all of them; what is said is where it can do more. */
function optionsOf(command: CommandUnknownOpts) {
  return command.options
    .filter(({ flags }) => flags !== '--json')
    .map(
      (option) => [option.flags, `${withChoices(option)}${option.mandatory ? ' (required)' : ''}`] as const,
    );
}

function withChoices({
  description,
  argChoices,
}: {
  description: string;
  argChoices?: readonly string[] | undefined;
}): string {
  return argChoices === undefined
    ? description
    : `${description}: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`;
}

function table(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([name, text]) => `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`);
  return [`| ${title} | |\n| --- | --- |\n${lines.join('\n')}`];
}

/** The example lines of a command's help. */
export function examplesIn(help: string): string[] {
  return [...help.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line]) => line as string);
}

function examplesOf(command: CommandUnknownOpts): string {
  let help = '';
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return `\`\`\`sh\n${examplesIn(help).join('\n')}\n\`\`\``;
}
