/** Waiting for backpressure to end, for as long as the user has allowed (`--wait`). Without it, everything is told at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Schemas } from '@fairlead/client';
import type { Context } from '../../context.ts';

export type ProblemDocument = Schemas['Problem'];

/** Refused for what passes, and surely not done: the same may be sent again. */
export function isBackpressure({ reason }: Pick<ProblemDocument, 'reason'>): boolean {
  return reason !== undefined;
}

/** What the call was refused with, where that is backpressure; anything else is thrown on. */
export function heldBackBy(error: unknown): ProblemDocument {
  if (error instanceof ApiProblem && isBackpressure(error.document)) return error.document;
  throw error;
}

const LEAST_WAIT_S = 1;

export interface Patience {
  /** Waits until all of them can be gone; false, at once, when that would take longer than is left. */
  outlasts(problems: readonly ProblemDocument[], tell: (words: string) => void): Promise<boolean>;
}

export function patience({ signal }: Pick<Context, 'signal'>, waitMs = 0): Patience {
  let leftMs = waitMs;
  return {
    async outlasts(problems, tell) {
      const seconds = Math.max(LEAST_WAIT_S, ...problems.map((problem) => problem.retryAfterSeconds ?? 0));
      if (seconds * 1_000 > leftMs) return false;
      leftMs -= seconds * 1_000;
      const reasons = [...new Set(problems.map(({ reason }) => reason))].join(', ');
      tell(`waiting ${seconds} s: ${reasons}`);
      await sleep(seconds * 1_000, undefined, { signal });
      return true;
    },
  };
}
