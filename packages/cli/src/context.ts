/** What commands work with. */
import { type Client, createClient } from '@fairlead/client';
import { asFailure, REQUEST_TIMEOUT_MS } from './ask.ts';
import { type Environment, readConnection } from './config.ts';
import { openScreen, type Screen, type Sink } from './output/screen.ts';

/** The outside of the process. */
export interface Io {
  readonly env: Environment;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

export interface Context extends Omit<Io, 'stdout' | 'stderr'> {
  readonly out: Screen;
  readonly err: Screen;
  /** Asks the dispatcher. @throws Failure */
  ask<T>(call: (api: Client) => Promise<T>): Promise<T>;
  /** Prints an answer: as the API gave it with --json, else as `render` has it. */
  show<T>(json: true | undefined, answer: T, render: (answer: T) => string): Promise<void>;
}

export function createContext(io: Io): Context {
  const { env, signal } = io;
  const out = openScreen(io.stdout, env);
  const err = openScreen(io.stderr, env);
  let client: Client | undefined;

  return {
    ...io,
    out,
    err,
    async ask(call) {
      // Not before: help and completion need no configuration.
      client ??= openClient(env, signal);
      return call(client).catch((error: unknown) => {
        throw asFailure(error);
      });
    },
    async show(json, answer, render) {
      await out.write(json ? `${JSON.stringify(answer, undefined, 2)}\n` : render(answer));
    },
  };
}

/** Without retries: whoever sits in front of it is told at once, and a script has the exit code to go by. */
function openClient(env: Environment, signal: AbortSignal): Client {
  return createClient({
    ...readConnection(env),
    retry: false,
    fetch: (request) =>
      fetch(request, {
        signal: AbortSignal.any([request.signal, signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      }),
  });
}
