import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Remembers in `file` which process owns a data folder: its pid, and its start time because pids are reused. */
export function recordProcess(file: string, pid: number): void {
  writeFileSync(file, `${pid} ${startMark(pid) ?? ''}\n`);
}

/**
 * Ends the process that `file` remembers, when it still runs: what a stack that died a moment ago may have left on
 * this data folder. Waits until it has gone.
 */
export async function endRecordedProcess(file: string, signal: NodeJS.Signals): Promise<void> {
  if (!existsSync(file)) return;
  const recorded = read(file);
  const { pid } = recorded;
  if (isRunning(recorded)) {
    process.kill(pid, signal);
    for (let waitedMs = 0; isRunning(recorded); waitedMs += 50) {
      if (waitedMs === 10_000) process.kill(pid, 'SIGKILL');
      if (waitedMs > 15_000) throw new Error(`Process ${pid} still holds ${file} and does not end.`);
      await sleep(50);
    }
  }
  await rm(file, { force: true });
}

/** Whether the process that `file` remembers still runs. */
export function isRecordedProcessAlive(file: string): boolean {
  return existsSync(file) && isRunning(read(file));
}

function read(file: string): { pid: number; mark: string } {
  const [pid = '', ...mark] = readFileSync(file, 'utf8').trim().split(' ');
  return { pid: Number(pid), mark: mark.join(' ') };
}

function isRunning({ pid, mark }: { pid: number; mark: string }): boolean {
  return pid > 0 && mark !== '' && startMark(pid) === mark;
}

/** What tells a process from a later one with the same pid: its start time. `undefined` when it does not run. */
function startMark(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // Field 22 of stat is the start time in ticks; the name in parentheses may hold spaces, so count from its end.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
