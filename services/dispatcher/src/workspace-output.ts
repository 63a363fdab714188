import { shareOf, type WorkspaceConfig } from '@fairlead/core';
import type { Settings, WorkspaceRecord } from '@fairlead/ledger';
import type { WorkspaceCounts } from '@fairlead/scheduler';
import type { WorkspaceAnswer } from './api/workspaces.ts';
import type { ScopedPressure } from './pressure/answers.ts';

/** What the scheduler is told of a workspace. */
export function configOf(settings: Settings): WorkspaceConfig {
  const { weight, concurrency, ratePerSecond, paused, fairness } = settings;
  return {
    weight,
    concurrency: concurrency ?? 0,
    ratePerSecond: ratePerSecond ?? 0,
    burst: burstOf(settings),
    paused,
    fairness,
  };
}

/** Without a burst of its own, a bucket holds what one second brings. */
function burstOf({ burst, ratePerSecond }: Settings): WorkspaceConfig['burst'] {
  if (burst !== null || ratePerSecond === null) return burst ?? 0;
  return ratePerSecond === 'quota' ? 'quota' : Math.max(1, Math.ceil(ratePerSecond));
}

/**
 * A workspace as clients see it: its settings, 0 for unlimited, and what it is at now.
 *
 * @param unfinished whether the ledger knows of jobs that have not ended; Redis need not have them
 */
export function presentWorkspace(
  record: WorkspaceRecord,
  counts: WorkspaceCounts,
  unfinished: boolean,
  pressure: ScopedPressure | undefined,
): WorkspaceAnswer {
  const { slug, displayName, createdAt, settings } = record;
  const { state, waitingReason, waiting, active, delayed, dead, recent, lag, quota, limits } = counts;
  const isEmpty = waiting + active + delayed === 0;
  const shares = shareOf(recent, settings.weight);
  return {
    name: slug,
    displayName,
    createdAt: createdAt.toISOString(),
    version: settings.version,
    settings: {
      ...configOf(settings),
      maxBacklog: settings.maxBacklog,
      draining: settings.draining,
      highQuotaEnabled: settings.highQuotaEnabled,
      updatedAt: settings.updatedAt.toISOString(),
    },
    quota,
    limits: { ...limits },
    state: settings.draining ? (isEmpty && !unfinished ? 'drained' : 'draining') : state,
    ...(waitingReason === undefined ? {} : { waitingReason }),
    pressure: pressure ?? null,
    counts: { waiting, active, delayed, dead },
    oldestRunnableAgeMs:
      counts.oldestRunnableAgeMs === undefined ? null : Math.round(counts.oldestRunnableAgeMs),
    service: {
      starts: recent.starts,
      windowMs: recent.windowMs,
      share: shares?.share ?? null,
      fairShare: shares?.fairShare ?? null,
      lag,
    },
  };
}
