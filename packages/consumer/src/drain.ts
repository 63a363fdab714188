/**
 * A drain in four steps, which together never take longer than the deadline, whatever Redis does:
 *
 *     0 ────────────── abortAt ────── giveUpAt ── closeAt ── deadline
 *     handlers finish  signals abort  the rest    connections close
 *                      and they stop  is put back
 *
 * What is not done by `giveUpAt` is put back at once and counts no attempt, although its handler may run
 * on for the moment until the process exits. The alternative, to leave it locked until others recover it, costs the
 * job lock + interval (15 s) and a stall; attempts may overlap in either case. Only a job that Redis could not be
 * told of is left to recovery.
 */
import type { Bell } from './bell.ts';
import type { Clock } from './clock.ts';

export interface DrainReport {
  /** Attempts that ended during the drain and were recorded. */
  readonly finished: number;
  /** Attempts that did not end in time. */
  readonly abandoned: number;
  /** How many of the abandoned were put back at once; the others wait for recovery. */
  readonly putBack: number;
  readonly durationMs: number;
}

export interface Drainable {
  /** Jobs that are still in this replica's hands, or may be about to come. */
  pending(): number;
  /** Rings whenever `pending` may have changed. */
  readonly changed: Bell;
  interruptRunning(): void;
  giveUpRunning(): void;
  close(): Promise<void>;
}

const CLOSING_SHARE = 0.25;
const MAX_CLOSING_MS = 3_000;

/** Goes through the steps; resolves at the deadline at the latest. */
export async function drainInSteps(replica: Drainable, clock: Clock, deadlineMs: number): Promise<void> {
  const startMs = clock.nowMs();
  const closingMs = Math.min(MAX_CLOSING_MS, deadlineMs * CLOSING_SHARE);

  async function untilEmptyOr(atMs: number): Promise<boolean> {
    for (;;) {
      if (replica.pending() === 0) return true;
      const leftMs = startMs + atMs - clock.nowMs();
      if (leftMs <= 0) return false;
      await replica.changed.wait(leftMs);
    }
  }

  if (!(await untilEmptyOr(deadlineMs - closingMs))) {
    replica.interruptRunning();
    if (!(await untilEmptyOr(deadlineMs - closingMs / 2))) {
      replica.giveUpRunning();
      await untilEmptyOr(deadlineMs - closingMs / 4);
    }
  }
  await within(replica.close(), clock, startMs + deadlineMs - clock.nowMs());
}

/** Waits for `work`, but no longer than `maxMs`. */
function within(work: Promise<void>, clock: Clock, maxMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(Math.max(0, maxMs), resolve);
    work
      .catch(() => undefined)
      .finally(() => {
        cancel();
        resolve();
      });
  });
}
