/**
 * What the controller has decided on backpressure, as far as this dispatcher has heard: one command a second.
 *
 * While Redis does not answer, what was heard last holds until it would have expired: three ticks after the controller's
 * last word nobody is pressed, and the dispatcher's own checks are all there is, as without a controller.
 */

import type { Level, Pressure } from '@fairlead/core';
import type { Loop } from '@fairlead/http';
import type { Levels, Scheduler } from '@fairlead/scheduler';
import { createLoop, type LoopParts } from '../loop.ts';

export interface PressureWatch extends Loop {
  /** Of the cluster. `retryAfterMs` counts from now. */
  cluster(): Pressure | undefined;
  /** Of a workspace, from what is its own doing. */
  of(workspace: string): Pressure | undefined;
  /** For the metrics. */
  levels(): PressureLevels;
}

export interface PressureLevels {
  readonly cluster: Level;
  /** How many workspaces have it. */
  readonly soft: number;
  readonly hard: number;
}

export interface PressureWatchParts {
  readonly scheduler: Pick<Scheduler, 'readPressure'>;
  readonly logger: LoopParts['logger'];
  /** Milliseconds, of any clock that runs evenly. */
  readonly now: () => number;
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 1_000;
/** A level that is overdue is about to be decided on anew. */
const LEAST_RETRY_MS = 1_000;

interface Heard extends Levels {
  readonly version: string;
  publishedAtMs: number;
  untilMs: number;
}

export function createPressureWatch(parts: PressureWatchParts): PressureWatch {
  const { scheduler, logger, now, everyMs = EVERY_MS } = parts;
  let heard: Heard | undefined;

  async function round(): Promise<'wait'> {
    const answer = await scheduler.readPressure(heard?.version);
    if (answer.outcome === 'none') {
      heard = undefined;
      return 'wait';
    }
    const times = { publishedAtMs: now() - answer.ageMs, untilMs: now() + answer.expiresInMs };
    if (answer.outcome === 'changed') {
      const { version, cluster, workspaces } = answer;
      heard = { version, cluster, workspaces, ...times };
    } else if (heard !== undefined) Object.assign(heard, times);
    return 'wait';
  }

  const valid = () => (heard !== undefined && now() < heard.untilMs ? heard : undefined);

  function fromNow(pressure: Pressure | null | undefined, { publishedAtMs }: Heard): Pressure | undefined {
    if (pressure == null) return undefined;
    const left = Math.round(pressure.retryAfterMs - (now() - publishedAtMs));
    return { ...pressure, retryAfterMs: Math.max(LEAST_RETRY_MS, left) };
  }

  return {
    ...createLoop({ round, everyMs, logger, what: 'reading the levels of backpressure' }),
    cluster() {
      const levels = valid();
      return levels && fromNow(levels.cluster, levels);
    },
    of(workspace) {
      const levels = valid();
      return levels && fromNow(levels.workspaces.get(workspace), levels);
    },
    levels() {
      const levels = valid();
      let hard = 0;
      for (const { level } of levels?.workspaces.values() ?? []) if (level === 'hard') hard++;
      return { cluster: levels?.cluster?.level ?? 'none', hard, soft: (levels?.workspaces.size ?? 0) - hard };
    },
  };
}
