/** What the handlers wrote down. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of a job in one process. */
export interface Run {
  readonly id: string;
  readonly pid: number;
  readonly startMs: number;
  /** Undefined when it did not come to its end. */
  endMs: number | undefined;
}

/** Milliseconds on the clock of `Run`. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

export async function readRuns(folder: string): Promise<Run[]> {
  const found: Run[] = [];
  for (const name of await readdir(folder)) {
    const open = new Map<string, Run>();
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const [what, id = '', ns = '0'] = line.split(' ');
      const ms = Number(BigInt(ns)) / 1e6;
      if (what === 'start') {
        const run: Run = { id, pid: Number.parseInt(name, 10), startMs: ms, endMs: undefined };
        open.set(id, run);
        found.push(run);
      } else if (what === 'end') {
        const run = open.get(id);
        if (run) run.endMs = ms;
      }
    }
  }
  return found;
}
