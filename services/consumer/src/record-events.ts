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
      case 'started':
        // A retry has waited for its backoff: that says nothing of how long jobs wait for a slot.
        if (event.job.attempt > 1) return;
        return metrics.started((event.job.claimedAtMs - event.job.createdAtMs) / 1_000);
      case 'finished':
        return metrics.finished(event.outcome, event.durationMs / 1_000);
      case 'stalled':
        return metrics.stalled(event.jobIds.length);
      case 'quarantined':
        return metrics.quarantined();
    }
  };
}
