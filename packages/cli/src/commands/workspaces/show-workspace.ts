import type { Output } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { duration, when } from '../../output/time.ts';

export type Workspace = Output<'getWorkspace'>;

/** `parked (quota_exhausted)` */
export function stateOf({ state, waitingReason }: Workspace): string {
  return waitingReason === undefined ? state : `${state} (${waitingReason})`;
}

/** `hard (backlog_limit)`; `hard (contention_guardrail of the cluster)` */
function pressureText({ pressure }: Workspace): string | undefined {
  if (pressure === null) return undefined;
  const { level, reason, scope } = pressure;
  return `${level} (${reason}${scope === 'cluster' ? ' of the cluster' : ''})`;
}

/** For how long its next job in line could have run. */
export function waitOf({ out }: Context, { oldestRunnableAgeMs: ms }: Workspace): string {
  if (ms === null) return '';
  return out.live ? duration(ms) : String(ms);
}

/** A part of all starts, in percent. */
export function percent(share: number | null): string {
  return share === null ? '' : `${Math.round(share * 100)}%`;
}

/** 0 is the API's word for it. */
export function orUnlimited(value: number): string {
  return value === 0 ? 'unlimited' : String(value);
}

/** `quota (64)` */
function limitText(set: number | 'quota', holds: number): string {
  return set === 'quota' ? `quota (${holds})` : orUnlimited(set);
}

/** One workspace, a line for each thing that is known. */
export function showWorkspace(context: Context, workspace: Workspace): string {
  const { out, nowMs } = context;
  const { name, displayName, createdAt, version, settings, limits, counts, service } = workspace;
  return fields(out, [
    ['name', name],
    ['displayName', displayName ?? undefined],
    ['state', stateOf(workspace)],
    ['pressure', pressureText(workspace)],
    ['waiting', String(counts.waiting)],
    ['active', String(counts.active)],
    ['delayed', String(counts.delayed)],
    ['dead', String(counts.dead)],
    ['oldestRunnable', waitOf(context, workspace)],
    ['share', percent(service.share)],
    ['fairShare', percent(service.fairShare)],
    ['lag', String(service.lag)],
    ['weight', String(settings.weight)],
    ['quota', String(workspace.quota)],
    ['highQuota', settings.highQuotaEnabled ? 'on' : 'off'],
    ['concurrency', limitText(settings.concurrency, limits.concurrency)],
    ['ratePerSecond', limitText(settings.ratePerSecond, limits.ratePerSecond)],
    ['burst', settings.ratePerSecond === 0 ? undefined : limitText(settings.burst, limits.burst)],
    ['fairness', settings.fairness],
    ['maxBacklog', String(settings.maxBacklog)],
    ['paused', String(settings.paused)],
    ['version', String(version)],
    ['createdAt', when(out, createdAt, nowMs())],
  ]);
}
