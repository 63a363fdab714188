import { Command } from '@commander-js/extra-typings';

export interface About {
  /** For the list of commands. */
  readonly summary: string;
  /** For the command's own help; default: the summary. */
  readonly description?: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
}

/** A command that does something; every one of them can print JSON. */
export function command(name: string, about: About) {
  return described(new Command(name), about).option('--json', 'print JSON, in the shape of the API');
}

/** The same where JSON may be long enough to be wanted in a file. */
export function commandWithFile(name: string, about: About & { readonly inFile: string }) {
  return described(new Command(name), about).option(
    '--json [file]',
    `print JSON; with a file, write ${about.inFile} to it`,
  );
}

/** A command that only has others. */
export function group(name: string, about: About) {
  return described(new Command(name), about).helpCommand(false);
}

function described(made: Command, { summary, description, examples }: About) {
  return made
    .summary(summary)
    .description(`${description ?? summary}.`)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}
