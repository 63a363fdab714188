/**
 * A claimer of a replica that has no ledger. A job that a ledger remembers is not for it: its outcome would be
 * recorded nowhere, and the job be added again. It goes back, and waits for a replica that has the ledger.
 */
import type { Claimer } from './claimer-port.ts';

const AGAIN_MS = 30_000;

export function createUnledgeredClaimer(
  claimer: Claimer,
  warn: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Claimer {
  return {
    ...claimer,
    async claim(maxJobs) {
      const answer = await claimer.claim(maxJobs);
      if (answer.outcome !== 'claimed' || !answer.jobs.some((job) => job.recorded)) return answer;
      const recorded = answer.jobs.filter((job) => job.recorded);
      warn('jobs that the ledger remembers were put back: this replica has none (FAIRLEAD_LEDGER is off)', {
        jobs: recorded.length,
      });
      await Promise.all(recorded.map((job) => claimer.postpone(job, AGAIN_MS)));
      return { ...answer, jobs: answer.jobs.filter((job) => !job.recorded) };
    },
  };
}
