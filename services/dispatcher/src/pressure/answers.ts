/** Levels of backpressure as clients see them: hard ones as problems, soft ones as advice. */
import { type FaultCode, type Pressure, reasonOf } from '@fairlead/core';
import { type ProblemDocument, problem } from '@fairlead/http';
import type { z } from 'zod';
import type { pressureOfWorkspace } from '../api/pressure.ts';

/** What holds for a workspace, and whether it is the workspace's own doing. */
export interface ScopedPressure extends Pressure {
  readonly scope: 'workspace' | 'cluster';
}

export type PressureOfWorkspace = z.input<typeof pressureOfWorkspace>;

/** 503: everybody suffers, and nobody's jobs are taken. */
export function clusterRefusal(pressure: Pressure): ProblemDocument {
  const { retryAfterMs } = pressure;
  return pressure.reason === reasonOf('REDIS_PRESSURE')
    ? refusal('REDIS_PRESSURE', REDIS_DETAIL, REDIS_FIX, retryAfterMs)
    : refusal('CONTENTION', CONTENTION_DETAIL, CONTENTION_FIX, retryAfterMs);
}

/** 429: the workspace has more than it should. */
export function workspaceRefusal({ retryAfterMs, waitingReason }: Pressure): ProblemDocument {
  return refusal('BACKLOG_FULL', FULL_DETAIL, FULL_FIX, retryAfterMs, waitingReason);
}

/** The worse of both; of two alike the workspace's own, which its producers can do something about. */
export function worseOf(
  own: Pressure | undefined,
  cluster: Pressure | undefined,
): ScopedPressure | undefined {
  if (cluster !== undefined && own?.level !== 'hard' && (own === undefined || cluster.level === 'hard')) {
    return { scope: 'cluster', ...cluster };
  }
  return own && { scope: 'workspace', ...own };
}

/** What holds for those of the workspaces that have a level. */
export function pressureOnAll(
  workspaces: Iterable<string>,
  admission: { pressureOn(workspace: string): ScopedPressure | undefined },
): PressureOfWorkspace[] {
  return [...workspaces].flatMap((workspace) => {
    const pressure = admission.pressureOn(workspace);
    return pressure === undefined ? [] : [{ workspace, ...pressure }];
  });
}

/** As a member of an answer, where there is any. */
export function given(pressure: PressureOfWorkspace[]): { pressure?: PressureOfWorkspace[] } {
  return pressure.length === 0 ? {} : { pressure };
}

/** The header `Fairlead-Pressure`: a structured field (RFC 9651), an item with parameters. */
export function pressureHeader(
  pressures: readonly Pick<ScopedPressure, 'level' | 'reason' | 'retryAfterMs'>[],
): Record<string, string> {
  const [first] = pressures;
  if (first === undefined) return {};
  const longest = Math.max(...pressures.map(({ retryAfterMs }) => retryAfterMs));
  return { 'fairlead-pressure': `${first.level};reason=${first.reason};retry-after-ms=${longest}` };
}

export const REDIS_DETAIL = 'Redis is nearly full: accepted work goes on, new work has to wait.';
export const REDIS_FIX = 'Send it again later. If this lasts, add consumers, or raise maxmemory of Redis.';
const CONTENTION_DETAIL = 'The cluster is in contention: accepted work goes on, new work has to wait.';
const CONTENTION_FIX =
  'Send it again later. The decisions on the cluster say which measure is over its line.';
const FULL_DETAIL =
  'The workspace has been at its maxBacklog, and has not been under 90 % of it for long enough yet.';
const FULL_FIX = 'Send the job again later, or raise maxBacklog of the workspace.';

function refusal(
  code: FaultCode,
  detail: string,
  fix: string,
  retryAfterMs: number,
  waitingReason?: Pressure['waitingReason'],
): ProblemDocument {
  return problem(code, detail, { fix, retryAfterSeconds: Math.ceil(retryAfterMs / 1_000), waitingReason });
}
