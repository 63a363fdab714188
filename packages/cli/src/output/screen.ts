/** One of the two places that text goes to: where it leads decides how it looks. */
import { styleText } from 'node:util';
import type { Environment } from '../config.ts';

export type Style = Parameters<typeof styleText>[0];

/** What a stream must offer; `process.stdout` does. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface Screen {
  /** A person looks on: tables and progress; else plain text for programs. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly columns: number;
  paint(style: Style, text: string): string;
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
}

/** Where nobody says; a terminal that is not one says 0. */
const COLUMNS = 100;

export function openScreen(sink: Sink, env: Environment): Screen {
  const live = sink.isTTY === true && env['TERM'] !== 'dumb';
  const colour = wantsColour(live, env);
  return {
    live,
    colour,
    columns: sink.columns || COLUMNS,
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
    async write(text) {
      if (!sink.write(text)) await new Promise<void>((resolve) => sink.once('drain', resolve));
    },
  };
}

/** As Node itself has it: FORCE_COLOR before NO_COLOR (https://no-color.org) before what the stream is. */
function wantsColour(live: boolean, env: Environment): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return live && !env['NO_COLOR'];
}
