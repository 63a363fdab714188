import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run } from '../src/run.ts';

export const BIN = fileURLToPath(new URL('../bin/fairlead.mjs', import.meta.url));
export const NODE = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** All that it has of an environment, besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs the command as a process, its streams in pipes. */
export function fairlead(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return end(NODE, [BIN, ...args], options);
}

/** The same on a terminal of its own, where both streams end up in `stdout`. */
export function onTerminal(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const line = [NODE, BIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return end('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    ...options,
    env: { TERM: 'xterm', ...options.env },
  });
}

/** The same command line in this process, with pipes for streams: for what needs no process, and in a tenth of the time. */
export async function inProcess(
  args: readonly string[],
  {
    env = {},
    input = '',
    signal = new AbortController().signal,
    onStdout,
  }: RunOptions & { readonly signal?: AbortSignal; readonly onStdout?: (text: string) => void } = {},
): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      written[name] += text;
      if (name === 'stdout') onStdout?.(text);
      return true;
    },
    once() {},
  });
  const code = await run(args, {
    env,
    stdin: (async function* () {
      yield Buffer.from(input);
    })(),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    signal,
    nowMs: Date.now,
  });
  return { code, signal: null, ...written };
}

/** Runs a program to its end. */
export function end(
  program: string,
  args: readonly string[],
  { env = {}, input = '', cwd }: RunOptions,
): Promise<Run> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // It may have ended without reading.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
