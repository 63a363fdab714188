/**
 * Admission control: who takes new jobs. Two have a say, and the stricter one holds.
 *
 * The controller decides on levels of backpressure every few seconds (see `pressure/`). Between its decisions, and
 * without it, this dispatcher looks by itself: here at Redis, which nearly full takes no new work, so that it can finish
 * what it has; at the backlog of a workspace in `backlog.ts`.
 *
 *     memory used, in % of maxmemory
 *     0 ────────────── clear ─── line ──────── hold ──────── 100
 *            open      (90 % of    │ refusing    │ refusing, and
 *                     the line)    │             │ holding back
 *
 * Above the line new work is refused, until memory is below 90 % of the line again: without that distance every
 * finished job would let one in. Accepted work that Redis has not seen yet (it was due later, or Redis was away) goes on
 * to be added, up to half way between the line and full: at full memory Redis refuses the finishes of running jobs too,
 * and nothing would drain any more.
 */
import { type Loop, type ProblemDocument, problem } from '@fairlead/http';
import type { Scheduler } from '@fairlead/scheduler';
import { createLoop } from './loop.ts';
import {
  clusterRefusal,
  REDIS_DETAIL,
  REDIS_FIX,
  type ScopedPressure,
  workspaceRefusal,
  worseOf,
} from './pressure/answers.ts';
import type { PressureWatch } from './pressure/pressure-watch.ts';

export interface Admission extends Loop {
  /** Why nobody's new work is taken now; undefined when it is. */
  refusal(): ProblemDocument | undefined;
  /** The same for a workspace by itself. */
  refusalOf(workspace: string): ProblemDocument | undefined;
  /** The level that holds for a workspace, its own or the cluster's. */
  pressureOn(workspace: string): ScopedPressure | undefined;
  /** Whether even accepted work should stay out of Redis for now. */
  holdsBack(): boolean;
}

export interface AdmissionParts {
  readonly scheduler: Pick<Scheduler, 'memory'>;
  readonly pressure: Pick<PressureWatch, 'cluster' | 'of'>;
  /** The line, in percent of `maxmemory`. Asked for with every look at the memory: operators may move it. */
  readonly fullPercent: () => Promise<number>;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly everyMs?: number;
}

export const DEFAULT_FULL_PERCENT = 70;
const EVERY_MS = 1_000;
/** Of the line. */
const CLEAR = 0.9;
/** A second drains little of a cluster's memory. */
const RETRY_SECONDS = 5;

export type Memory = 'open' | 'refusing' | 'holding';

/** The state that follows `before`; `maxBytes` 0 means that Redis has no limit. */
export function nextMemory(
  before: Memory,
  { usedBytes, maxBytes }: { readonly usedBytes: number; readonly maxBytes: number },
  fullPercent: number,
): Memory {
  if (maxBytes === 0) return 'open';
  const percent = (usedBytes / maxBytes) * 100;
  if (percent > (fullPercent + 100) / 2) return 'holding';
  if (percent > fullPercent) return 'refusing';
  return before === 'open' || percent < fullPercent * CLEAR ? 'open' : 'refusing';
}

/** Until memory was read for the first time, and while it cannot be read, the last state holds: at first `open`. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { scheduler, pressure, fullPercent, logger, everyMs = EVERY_MS } = parts;
  let state: Memory = 'open';

  const loop = createLoop({
    everyMs,
    logger,
    what: 'reading the memory of Redis',
    async round() {
      const memory = await scheduler.memory();
      const next = nextMemory(state, memory, await fullPercent());
      if (next !== state) {
        const message =
          next === 'open' ? 'Redis has room again: new work is accepted' : 'Redis is too full for new work';
        logger[next === 'open' ? 'info' : 'warn']({ ...memory, state: next }, message);
      }
      state = next;
      return 'wait';
    },
  });

  return {
    ...loop,
    refusal() {
      const cluster = pressure.cluster();
      if (cluster?.level === 'hard') return clusterRefusal(cluster);
      return state === 'open' ? undefined : REDIS_FULL;
    },
    refusalOf(workspace) {
      const own = pressure.of(workspace);
      return own?.level === 'hard' ? workspaceRefusal(own) : undefined;
    },
    pressureOn: (workspace) => worseOf(pressure.of(workspace), pressure.cluster()),
    holdsBack: () => state === 'holding',
  };
}

const REDIS_FULL = problem('REDIS_PRESSURE', REDIS_DETAIL, {
  fix: REDIS_FIX,
  retryAfterSeconds: RETRY_SECONDS,
});
