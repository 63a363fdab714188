/** What can be typed where, from the commands themselves. */
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

export interface Place {
  /** `/jobs/add`; '' for the beginning. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OfferedOption[];
}

export interface OfferedOption {
  /** With its dashes. */
  readonly flag: string;
  readonly description: string;
  readonly value: 'none' | 'any' | 'file' | readonly string[];
}

/** All places, the beginning first. */
export function placesOf(command: CommandUnknownOpts, path = ''): Place[] {
  const children = command.commands.map((child) => placesOf(child, `${path}/${child.name()}`));
  return [
    {
      path,
      commands: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
      options: [
        ...command.options.map(offered),
        { flag: '--help', description: 'print this help', value: 'none' },
      ],
    },
    ...children.flat(),
  ];
}

function offered({ long, flags, description, argChoices, required, optional }: Option): OfferedOption {
  const kind = /[<[]file[\]>]/.test(flags) ? 'file' : 'any';
  return { flag: long ?? flags, description, value: argChoices ?? (required || optional ? kind : 'none') };
}

/** A word of the shells: nothing in it is expanded. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
