/**
 * A claimer of a replica that has no ledger. A job that a ledger remembers is not for it: its outcome would be
 * recorded nowhere, and the job be added again. It goes back, and waits for a replica that has the ledger.
 */
import type { BareClaimer, Claimer } from './claimer-port.ts';

const AGAIN_MS = 30_000;

export function createUnledgeredClaimer(
  claimer: BareClaimer,
  warn: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Claimer {
  return {
    ...claimer,
    async screen(jobs) {
      const recorded = jobs.filter((job) => job.recorded);
      if (recorded.length === 0) return jobs;
      warn('jobs that the ledger remembers were put back: this replica has none (FAIRLEAD_LEDGER is off)', {
        jobs: recorded.length,
      });
      await Promise.all(recorded.map((job) => claimer.postpone(job, AGAIN_MS)));
      return jobs.filter((job) => !job.recorded);
    },
  };
}
