/** What commands work with. */
import {
  type Client,
  type ClientOptions,
  type ControllerClient,
  createClient,
  createControllerClient,
} from '@fairlead/client';
import { asFailure, REQUEST_TIMEOUT_MS } from './ask.ts';
import { CONTROLLER, DISPATCHER, type Environment, readConnection, type Service } from './config.ts';
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
  /** Asks the controller. @throws Failure */
  askController<T>(call: (api: ControllerClient) => Promise<T>): Promise<T>;
  /** Prints an answer: as the API gave it with --json, else as `render` has it. */
  show<T>(json: true | undefined, answer: T, render: (answer: T) => string): Promise<void>;
}

export function createContext(io: Io): Context {
  const { env, signal } = io;
  const out = openScreen(io.stdout, env);
  const err = openScreen(io.stderr, env);
  let dispatcher: Client | undefined;
  let controller: ControllerClient | undefined;

  return {
    ...io,
    out,
    err,
    async ask(call) {
      // Not before: help and completion need no configuration.
      dispatcher ??= createClient(connection(env, signal, DISPATCHER));
      return call(dispatcher).catch((error: unknown) => {
        throw asFailure(error, DISPATCHER);
      });
    },
    async askController(call) {
      controller ??= createControllerClient(connection(env, signal, CONTROLLER));
      return call(controller).catch((error: unknown) => {
        throw asFailure(error, CONTROLLER);
      });
    },
    async show(json, answer, render) {
      await out.write(json ? `${JSON.stringify(answer, undefined, 2)}\n` : render(answer));
    },
  };
}

/** Without retries: whoever sits in front of it is told at once, and a script has the exit code to go by. */
function connection(env: Environment, signal: AbortSignal, service: Service): ClientOptions {
  return {
    ...readConnection(env, service),
    retry: false,
    fetch: (request) =>
      fetch(request, {
        signal: AbortSignal.any([request.signal, signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      }),
  };
}
