import { stripVTControlCharacters } from 'node:util';
import type { Step } from '../../setup/steps.mjs';
import { startOwnedProcess } from '../servers/owned-process.ts';

export interface CheckCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Killed after this time. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface CheckEnd {
  /** `null` when it was killed. */
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly lines: string[];
}

const STOP_DEADLINE_MS = 5_000;

/** Runs a command with its latest line as the note of a step, and keeps all that it wrote for the case of a failure. */
export async function runCheck(check: CheckCommand, step: Step): Promise<CheckEnd> {
  const lines: string[] = [];
  const child = await startOwnedProcess({
    command: check.command,
    args: check.args,
    cwd: check.cwd,
    env: check.env,
    stopSignal: 'SIGTERM',
    onLine: (line) => {
      lines.push(line);
      step.note(stripVTControlCharacters(line).trim());
    },
  });
  let timedOut = false;
  const stop = () => void child.stop(STOP_DEADLINE_MS);
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, check.deadlineMs);
  check.signal.addEventListener('abort', stop, { once: true });
  if (check.signal.aborted) stop();
  const { code } = await child.exited;
  clearTimeout(timer);
  check.signal.removeEventListener('abort', stop);
  return { code: timedOut ? null : code, timedOut, lines };
}
