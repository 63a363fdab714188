import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessExit, startOwnedProcess } from '@fairlead/local';
import { waitFor } from './wait-for.ts';

export interface TestProcessOptions {
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** Export conditions; default `['development']`, so that the sources run as they are. */
  readonly conditions?: readonly string[];
  readonly cwd?: string;
  /** Wait for the log line `{"msg":"listening"}`, by default; or resolve as soon as the process runs. */
  readonly waitFor?: 'listening' | 'spawn';
  /** For the log line; default 60,000. */
  readonly deadlineMs?: number;
}

export interface TestProcess {
  readonly pid: number;
  /** From its "listening" line; '' when it has none yet. */
  readonly url: string;
  /** All that it wrote so far. */
  readonly output: () => string;
  /** The lines that are JSON objects. */
  readonly logs: () => Record<string, unknown>[];
  readonly exited: Promise<ProcessExit>;
  readonly hasExited: () => boolean;
  /** Sends a signal; resolves when it has ended after SIGKILL, else at once. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** SIGTERM, and SIGKILL after `deadlineMs` (default 10,000). Resolves when it has ended. */
  readonly stop: (deadlineMs?: number) => Promise<ProcessExit>;
}

/**
 * Runs a TypeScript source as a process of its own under this repository's Node, as production does but without a
 * build. It ends with this process at the latest. Rejects with its output when it ends, or does not listen in time.
 */
export async function startProcess(
  script: string | URL,
  options: TestProcessOptions = {},
): Promise<TestProcess> {
  const file = script instanceof URL || script.startsWith('file:') ? fileURLToPath(script) : script;
  const lines: string[] = [];
  let url = '';
  const root = repository();
  const owned = await startOwnedProcess({
    // The pinned Node, or the one that runs us.
    command: root === undefined ? process.execPath : nodeOf(root),
    args: [
      ...(options.conditions ?? ['development']).map((name) => `--conditions=${name}`),
      file,
      ...(options.args ?? []),
    ],
    env: environment(root, options.env ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stopSignal: 'SIGTERM',
    onLine: (line) => {
      lines.push(line);
      const log = parsed(line);
      if (log?.msg === 'listening' && typeof log.url === 'string') url = log.url;
    },
  });
  const stop = (deadlineMs = 10_000) => owned.stop(deadlineMs);
  if ((options.waitFor ?? 'listening') === 'listening') {
    const deadlineMs = options.deadlineMs ?? 60_000;
    try {
      await waitFor(() => url !== '' || owned.hasExited(), { what: `${file} listens`, deadlineMs });
      if (url === '') throw new Error(`${file} ended before it was listening.`);
    } catch (error) {
      await stop(1_000);
      throw new Error(`${(error as Error).message} It wrote:\n${lines.join('\n')}`, { cause: error });
    }
  }
  return {
    pid: owned.pid,
    get url() {
      return url;
    },
    output: () => lines.join('\n'),
    logs: () => lines.map(parsed).filter((log) => log !== undefined),
    exited: owned.exited,
    hasExited: owned.hasExited,
    kill: async (signal) => {
      owned.kill(signal);
      if (signal === 'SIGKILL') await owned.exited;
    },
    stop,
  };
}

/** The folder of this repository, when the testkit is in one with its Node. */
function repository(): string | undefined {
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml')) && existsSync(nodeOf(folder))) return folder;
  }
  return undefined;
}

const nodeOf = (folder: string) => join(folder, 'node_modules', '.bin', 'node');

function environment(
  root: string | undefined,
  changes: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const merged: NodeJS.ProcessEnv = {
    ...process.env,
    // Sources compiled once for all processes: a start costs half the CPU.
    ...(root === undefined ? {} : { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled') }),
    ...changes,
  };
  // Jest's own options are not for a process that is not Jest.
  delete merged.NODE_OPTIONS;
  for (const name of Object.keys(changes)) if (changes[name] === undefined) delete merged[name];
  return merged;
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
