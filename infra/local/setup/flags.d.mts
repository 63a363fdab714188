export interface StartFlags {
  /** Replay the sample trace. */
  readonly demo: boolean;
  /** End after the replay. */
  readonly once: boolean;
  /** Where to write the result of the replay. */
  readonly jsonFile: string | undefined;
}

export type Parsed =
  | { outcome: 'start'; flags: StartFlags }
  | { outcome: 'test' }
  | { outcome: 'help'; text: string }
  | { outcome: 'wrong'; message: string };

/** Parses what follows `npm start --` or `npm test --`, with the command's name in front. */
export function parseCommandLine(args: string[]): Parsed;
