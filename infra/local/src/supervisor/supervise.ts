/**
 * Keeps one part of the stack running.
 *
 *   start ─▶ launching ─▶ running ─▶ (crash) ─▶ waiting ─▶ launching …
 *               │            │                     │
 *               └── stop ────┴──────── stop ───────┴─▶ stopped
 *
 * The first launch is the caller's: when it fails, `start` rejects, because a stack that never came up is a mistake to
 * read and not to retry. From then on a crash is reported, with the last lines, and answered by a restart after a
 * growing delay. A launch that fails later counts as a crash.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessExit } from '../servers/owned-process.ts';
import { nextRestart, type RestartPolicy } from './backoff.ts';

/** A part that runs and is healthy. */
export interface Running {
  /** For people: an address, a version. */
  readonly detail: string;
  readonly exited: Promise<ProcessExit>;
  readonly lastLines: () => string[];
  /** In order, and by force after its own deadline. Resolves when it has ended. */
  readonly stop: () => Promise<unknown>;
  /** By force, now. */
  readonly kill: () => void;
}

export interface Part {
  readonly name: string;
  /** Resolves when it is healthy. When `signal` aborts it may give up, and must leave nothing running then. */
  readonly launch: (signal: AbortSignal) => Promise<Running>;
}

export type PartEvent =
  | { kind: 'crashed'; name: string; why: string; lastLines: string[]; restartInMs: number }
  | { kind: 'restarted'; name: string; detail: string };

export interface Supervised {
  readonly name: string;
  /** Resolves with the detail of the healthy part; rejects when the first launch fails. */
  readonly start: () => Promise<string>;
  readonly stop: () => Promise<void>;
  /** Cuts a `stop` that takes long. */
  readonly hurry: () => void;
}

/** Supervises `part` from `start` to `stop`. */
export function supervise(
  part: Part,
  policy: RestartPolicy,
  onEvent: (event: PartEvent) => void,
): Supervised {
  const stopping = new AbortController();
  let running: Running | undefined;
  let crashes = 0;
  let launching: Promise<unknown> = Promise.resolve();
  let restarting: Promise<void> = Promise.resolve();

  const launch = async () => {
    const launch = part.launch(stopping.signal);
    launching = launch;
    const launched = await launch;
    running = launched;
    const healthySinceMs = performance.now();
    void launched.exited.then((exit) => {
      running = undefined;
      if (stopping.signal.aborted) return;
      restarting = restart(
        `ended with ${exit.signal ?? `code ${exit.code}`}`,
        launched.lastLines(),
        healthySinceMs,
      );
    });
    return launched;
  };

  const restart = async (why: string, lastLines: string[], healthySinceMs: number | undefined) => {
    const healthyForMs = healthySinceMs === undefined ? 0 : performance.now() - healthySinceMs;
    const next = nextRestart(policy, crashes, healthyForMs);
    crashes = next.crashes;
    onEvent({ kind: 'crashed', name: part.name, why, lastLines, restartInMs: next.delayMs });
    await sleep(next.delayMs, undefined, { signal: stopping.signal }).catch(() => {});
    if (stopping.signal.aborted) return;
    try {
      const { detail } = await launch();
      onEvent({ kind: 'restarted', name: part.name, detail });
    } catch (error) {
      if (!stopping.signal.aborted) await restart((error as Error).message, [], undefined);
    }
  };

  return {
    name: part.name,
    start: async () => (await launch()).detail,
    stop: async () => {
      stopping.abort();
      await restarting;
      // A launch that does not heed the signal may still succeed; then it is to be stopped like any other.
      await launching.catch(() => {});
      await running?.stop();
    },
    hurry: () => {
      stopping.abort();
      running?.kill();
    },
  };
}
