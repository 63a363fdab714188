import { setTimeout as sleep } from 'node:timers/promises';
import { type OwnedProcess, startOwnedProcess } from '../servers/owned-process.ts';
import { type LogLine, parseLogLine, tellingLines } from './log-lines.ts';
import type { Part, Running } from './supervise.ts';

/** Of what a part that failed wrote last. */
const SHOWN_LINES = 12;

export interface ServiceOptions {
  readonly name: string;
  /** The TypeScript file to run under this Node, with its flags. */
  readonly script: string;
  /** Flags of Node; default: those of this process. */
  readonly nodeFlags?: readonly string[];
  /** Asked for at every launch: the addresses of servers are known only then. */
  readonly env: () => NodeJS.ProcessEnv;
  readonly logFile: string;
  /** From SIGTERM to SIGKILL. */
  readonly stopDeadlineMs: number;
  /** From the start until it must be ready. */
  readonly readyDeadlineMs: number;
  /** Every line that it logs. */
  readonly onLog: (line: LogLine) => void;
}

/**
 * A service as a part of the stack: it runs when `/readyz` answers 200 at the address which it logs as
 * `{"msg":"listening","url":…}`. A restart gets the port of the first start again, since people hold its address.
 */
export function servicePart(options: ServiceOptions): Part & { readonly url: () => string } {
  let url = '';
  const launch = async (signal: AbortSignal): Promise<Running> => {
    const env = url === '' ? options.env() : { ...options.env(), PORT: new URL(url).port };
    let listening = '';
    const child = await startOwnedProcess({
      command: process.execPath,
      args: [...(options.nodeFlags ?? process.execArgv), options.script],
      env,
      stopSignal: 'SIGTERM',
      logFile: options.logFile,
      onLine: (line) => {
        const log = parseLogLine(line);
        if (log === undefined) return;
        if (log.msg === 'listening' && typeof log.url === 'string') listening = log.url;
        options.onLog(log);
      },
    });
    const failure = await untilReady(child, () => listening, options.readyDeadlineMs, signal);
    if (failure !== undefined) {
      await child.stop(signal.aborted ? options.stopDeadlineMs : 1_000);
      throw new Error([failure, ...tellingLines(child.lastLines(), SHOWN_LINES)].join('\n  '));
    }
    url = listening;
    return {
      detail: url,
      exited: child.exited,
      lastLines: () => tellingLines(child.lastLines(), SHOWN_LINES),
      stop: () => child.stop(options.stopDeadlineMs),
      kill: () => child.kill('SIGKILL'),
    };
  };
  return { name: options.name, launch, url: () => url };
}

/** `undefined` when it is ready, else why not. */
async function untilReady(
  child: OwnedProcess,
  url: () => string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const endMs = performance.now() + deadlineMs;
  let last = 'it logged no line with msg "listening"';
  for (;;) {
    if (signal.aborted) return 'stopped while it was starting';
    if (child.hasExited()) {
      const { code, signal: by } = await child.exited;
      return `ended with ${by ?? `code ${code}`} while it was starting`;
    }
    if (url() !== '') {
      const answer = await askReady(url());
      if (answer === 'ready') return undefined;
      last = answer;
    }
    if (performance.now() >= endMs) return `is not ready after ${deadlineMs / 1000} s: ${last}`;
    await sleep(50);
  }
}

/** 'ready', or what /readyz had to say. */
async function askReady(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    if (response.ok) return 'ready';
    const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? `/readyz answers ${response.status}`;
  } catch (error) {
    return `/readyz does not answer (${(error as Error).message})`;
  }
}
