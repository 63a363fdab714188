/**
 * Admission control: a Redis that is nearly full takes no new work, so that it can finish what it has.
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
import { type ProblemDocument, problem, problemError } from '@fairlead/http';
import type { Scheduler } from '@fairlead/scheduler';
import type { Intake } from './intake.ts';
import { createLoop, type Loop } from './loop.ts';

export interface Admission extends Loop {
  /** Why new work is refused now; undefined when it is not. */
  refusal(): ProblemDocument | undefined;
  /** Whether even accepted work should stay out of Redis for now. */
  holdsBack(): boolean;
}

export interface AdmissionParts {
  readonly scheduler: Pick<Scheduler, 'memory'>;
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

export type Pressure = 'open' | 'refusing' | 'holding';

/** The state that follows `before`; `maxBytes` 0 means that Redis has no limit. */
export function nextPressure(
  before: Pressure,
  { usedBytes, maxBytes }: { readonly usedBytes: number; readonly maxBytes: number },
  fullPercent: number,
): Pressure {
  if (maxBytes === 0) return 'open';
  const percent = (usedBytes / maxBytes) * 100;
  if (percent > (fullPercent + 100) / 2) return 'holding';
  if (percent > fullPercent) return 'refusing';
  return before === 'open' || percent < fullPercent * CLEAR ? 'open' : 'refusing';
}

/** Until memory was read for the first time, and while it cannot be read, the last state holds: at first `open`. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { scheduler, fullPercent, logger, everyMs = EVERY_MS } = parts;
  let pressure: Pressure = 'open';

  const loop = createLoop({
    everyMs,
    logger,
    what: 'reading the memory of Redis',
    async round() {
      const memory = await scheduler.memory();
      const next = nextPressure(pressure, memory, await fullPercent());
      if (next !== pressure) {
        const message =
          next === 'open' ? 'Redis has room again: new work is accepted' : 'Redis is too full for new work';
        logger[next === 'open' ? 'info' : 'warn']({ ...memory, pressure: next }, message);
      }
      pressure = next;
      return 'wait';
    },
  });

  return {
    ...loop,
    refusal: () => (pressure === 'open' ? undefined : REFUSAL),
    holdsBack: () => pressure === 'holding',
  };
}

const REFUSAL = problem(
  'REDIS_PRESSURE',
  'Redis is nearly full: accepted work goes on, new work has to wait.',
  {
    fix: 'Send it again later. If this lasts, add consumers, or raise maxmemory of Redis.',
    retryAfterSeconds: RETRY_SECONDS,
  },
);

/** The intake, closed while there is pressure. @throws ProblemError REDIS_PRESSURE */
export function admitting(intake: Intake, admission: Pick<Admission, 'refusal'>): Intake {
  return {
    async accept(jobs) {
      const refusal = admission.refusal();
      if (refusal !== undefined) throw problemError(refusal);
      return intake.accept(jobs);
    },
  };
}
