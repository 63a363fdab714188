import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/fairlead.mjs', import.meta.url));
const NODE = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));

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

/** Runs a program to its end. */
export function end(
  program: string,
  args: readonly string[],
  { env = {}, input = '' }: RunOptions,
): Promise<Run> {
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', ...env } });
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
