import type { Output } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { when } from '../../output/time.ts';

export type Workspace = Output<'getWorkspace'>;

/** `parked (quota_exhausted)` */
export function stateOf({ state, waitingReason }: Workspace): string {
  return waitingReason === undefined ? state : `${state} (${waitingReason})`;
}

/** 0 is the API's word for it. */
export function orUnlimited(value: number): string {
  return value === 0 ? 'unlimited' : String(value);
}

/** One workspace, a line for each thing that is known. */
export function showWorkspace({ out, nowMs }: Context, workspace: Workspace): string {
  const { name, displayName, createdAt, version, settings, counts } = workspace;
  return fields(out, [
    ['name', name],
    ['displayName', displayName ?? undefined],
    ['state', stateOf(workspace)],
    ['waiting', String(counts.waiting)],
    ['active', String(counts.active)],
    ['delayed', String(counts.delayed)],
    ['dead', String(counts.dead)],
    ['weight', String(settings.weight)],
    ['concurrency', orUnlimited(settings.concurrency)],
    ['ratePerSecond', orUnlimited(settings.ratePerSecond)],
    ['burst', settings.ratePerSecond === 0 ? undefined : String(settings.burst)],
    ['maxBacklog', String(settings.maxBacklog)],
    ['paused', String(settings.paused)],
    ['version', String(version)],
    ['createdAt', when(out, createdAt, nowMs())],
  ]);
}
