import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { holdProcess } from './leash.ts';

export interface OwnedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Run as this user (root only). */
  readonly user?: { uid: number; gid: number } | undefined;
  /** What asks it to end in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Output is appended here too. */
  readonly logFile?: string | undefined;
  /** Called for every line of output as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export type ProcessExit = { code: number | null; signal: NodeJS.Signals | null };

/** A child process that cannot outlive us, with the end of its output at hand. */
export interface OwnedProcess {
  readonly pid: number;
  /** Resolves when it has ended and its output was read; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly hasExited: () => boolean;
  /** The last lines that it wrote, oldest first. */
  readonly lastLines: () => string[];
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Stop signal, then SIGKILL after `deadlineMs`. Resolves when it has ended. */
  readonly stop: (deadlineMs: number) => Promise<ProcessExit>;
}

const KEPT_LINES = 40;

/**
 * Starts a process in a session of its own (Ctrl-C in the terminal does not reach it), on the leash of this process.
 * Rejects when the command cannot be started.
 */
export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const child = spawn(options.command, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...options.user,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  const drop = holdProcess(pid, options.stopSignal);

  const kept: string[] = [];
  const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });
  log?.on('error', () => {});
  const take = (line: string) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
    log?.write(`${line}\n`);
    options.onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);

  let ended = false;
  child.once('exit', () => {
    ended = true;
    drop();
  });
  // A grandchild may hold the pipes open after the child has gone: 'exit' with a short grace, not 'close' alone.
  const exited = new Promise<ProcessExit>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      log?.end();
      resolve({ code, signal });
    };
    child.once('close', finish);
    child.once('exit', (code, signal) => setTimeout(() => finish(code, signal), 500).unref());
  });

  const kill = (signal: NodeJS.Signals) => {
    if (!ended) child.kill(signal);
  };
  return {
    pid,
    exited,
    hasExited: () => ended,
    lastLines: () => [...kept],
    kill,
    stop: async (deadlineMs) => {
      kill(options.stopSignal);
      const timer = setTimeout(() => kill('SIGKILL'), deadlineMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

function splitLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') take(line);
  });
  stream.on('end', () => {
    if (rest.trim() !== '') take(rest);
  });
}
