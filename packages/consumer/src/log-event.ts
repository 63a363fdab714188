import type { ClaimedJob } from './claimer-port.ts';
import type { ConsumerEvent } from './events.ts';
import type { QuietWarn } from './quiet-log.ts';

/**
 * What somebody will look for in a log who was called at night: which job it was. How often things happen is in the
 * metrics, and why a job failed is with the job, for its error may quote its payload.
 */
export function logEvent(event: ConsumerEvent, warn: QuietWarn): void {
  switch (event.event) {
    case 'finished':
      if (event.outcome === 'dead') {
        warn('a job ended dead', { ...nameOf(event.job), reason: event.reason }, event.job.type);
      }
      return;
    case 'lock_lost':
      warn('the lock of a job was lost: it may run elsewhere too', nameOf(event.job));
      return;
    case 'effect_duplicate':
      warn('an effect was taken twice, or may have been', nameOf(event.job), event.job.workspace);
      return;
    case 'stalled': {
      const { workspace, jobIds } = event;
      warn('jobs of a replica that is gone were taken back', { workspace, jobs: jobIds.length }, workspace);
      return;
    }
    default:
      return;
  }
}

function nameOf({ workspace, id, type, attempt }: ClaimedJob) {
  return { workspace, id, type, attempt };
}
