import type { ConsumerEvent } from '@fairlead/consumer';
import type { ConsumerMetrics } from '@fairlead/telemetry';

/** What happens in the replica, as metrics. */
export function recordEvents(metrics: ConsumerMetrics): (event: ConsumerEvent) => void {
  return (event) => {
    switch (event.event) {
      case 'claimed':
        return metrics.claimed(event.jobs, event.durationMs / 1_000);
      case 'claim_failed':
        return metrics.claimFailed();
      case 'started': {
        const { claimedAtMs, runnableAtMs } = event.job;
        // A retry has waited for its backoff: that says nothing of how long jobs wait for a slot.
        if (runnableAtMs === undefined) return;
        return metrics.started(event.job.type, Math.max(0, claimedAtMs - runnableAtMs) / 1_000);
      }
      case 'finished':
        return metrics.finished(event.job.type, event.outcome, (event.durationMs ?? 0) / 1_000);
      case 'lock_lost':
        // Counted when the attempt ends: its outcome is then `lost_lock`.
        return;
      case 'tidied':
        return metrics.tidied(event.jobs);
      case 'foreign':
        return metrics.foreign(event.jobs);
      case 'effect_suppressed':
        return metrics.effectSuppressed();
      case 'effect_duplicate':
        return metrics.effectDuplicate();
      case 'stalled':
        return metrics.stalled(event.jobIds.length);
      case 'quarantined':
        return metrics.quarantined();
      case 'loop_blocked':
        return metrics.loopBlocked(event.durationMs / 1_000);
    }
  };
}
